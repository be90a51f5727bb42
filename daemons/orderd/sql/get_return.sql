SELECT return_body(r, 'orders:read' = ANY (:scopes)) AS body, version AS etag
FROM order_return r WHERE id = return_find(:number, :subject, :scopes, 'orders:read')
