-- For who has number and e-mail address, without a token: where the order is, and nothing else.
SELECT to_json(r) AS body FROM (
	SELECT o.number, o.status, o.fulfilment, o.created_at, (
		SELECT coalesce(json_agg(s ORDER BY s.shipped_at), '[]') FROM (
			SELECT carrier, tracking, shipped_at FROM shipment
			WHERE order_id = o.id AND status = 'shipped') s) AS shipments
	FROM orders o WHERE o.number = :number AND o.email = :email
) r
