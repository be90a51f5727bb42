SELECT cancellation_show(c.id) AS body
FROM cancellation c
WHERE c.id = :cancellation::uuid
AND c.order_id = order_find(:number, :subject, :scopes, 'orders:read')
