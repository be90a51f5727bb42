SELECT shipping_method_body(m) AS body, version AS etag FROM shipping_method m WHERE code = :code
