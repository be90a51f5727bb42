SELECT promotion_body(p) AS body, version AS etag FROM promotion p WHERE code = :code
