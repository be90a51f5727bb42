SELECT shop_body(s, 'orders:read' = ANY (:scopes)) AS body, version AS etag FROM shop s
