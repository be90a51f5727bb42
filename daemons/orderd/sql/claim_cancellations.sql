-- `final`: after it nothing of the order is left to ship or in work.
SELECT c.id, c.attempt, c.order_id AS "order", o.number, o.payment_id AS payment, c.reason, c.restock,
	(SELECT json_agg(l ORDER BY l.line) FROM (
		SELECT line, quantity FROM cancellation_line WHERE cancellation_id = c.id) l) AS lines,
	NOT EXISTS (
		SELECT FROM order_line l
		LEFT JOIN cancellation_line x ON x.cancellation_id = c.id AND x.line = l.line
		WHERE l.order_id = c.order_id
			AND l.cancelled + l.shipped + coalesce(x.quantity, 0) < l.quantity) AS final
FROM cancellation_claim(:batch::integer, :lease_ms::bigint) c
JOIN orders o ON o.id = c.order_id
ORDER BY c.id
