-- `final`: after it nothing of the order is left to ship or in work.
SELECT s.id, s.attempt, s.order_id AS "order", o.number, o.payment_id AS payment, s.amount,
	(SELECT json_agg(l ORDER BY l.line) FROM (
		SELECT line, quantity FROM shipment_line WHERE shipment_id = s.id) l) AS lines,
	NOT EXISTS (
		SELECT FROM order_line l
		LEFT JOIN shipment_line x ON x.shipment_id = s.id AND x.line = l.line
		WHERE l.order_id = s.order_id
			AND l.cancelled + l.shipped + coalesce(x.quantity, 0) < l.quantity) AS final
FROM shipment_claim(:batch::integer, :lease_ms::bigint) s
JOIN orders o ON o.id = s.order_id
ORDER BY s.id
