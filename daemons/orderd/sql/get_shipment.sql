SELECT shipment_show(s.id) AS body
FROM shipment s
WHERE s.id = :shipment::uuid
AND s.order_id = order_find(:number, :subject, :scopes, 'orders:read')
