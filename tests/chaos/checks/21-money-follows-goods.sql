-- What was captured of an order is what its shipments are worth, and never more than its total
WITH shipped AS (
	SELECT order_id, sum(amount) AS worth
	FROM orderd.shipment
	WHERE status = 'shipped'
	GROUP BY order_id
), lost AS ( -- a capture that the provider refused for good
	SELECT DISTINCT payment_id FROM paymentd.payment_operation
	WHERE kind = 'capture' AND state IN ('failed', 'cancelled')
), owing AS ( -- by hand: the goods are there, the money is not, and nobody has said that it is
	SELECT DISTINCT o.payment_id FROM paymentd.payment_operation o
	JOIN paymentd.payment p ON p.id = o.payment_id AND p.provider = 'manual'
	WHERE o.kind = 'capture' AND o.state = 'asked'
)
SELECT o.id, o.status, 'total', o.total_amount, 'captured', o.captured_amount, 'shipped',
	coalesce(s.worth, 0), 'units', o.units, o.units_shipped, o.units_cancelled
FROM orderd.orders o
LEFT JOIN shipped s ON s.order_id = o.id
LEFT JOIN lost l ON l.payment_id = o.payment_id
LEFT JOIN owing w ON w.payment_id = o.payment_id
WHERE o.captured_amount > o.total_amount
	OR o.captured_amount > coalesce(s.worth, 0)
	OR (l.payment_id IS NULL AND w.payment_id IS NULL AND o.captured_amount <> coalesce(s.worth, 0))
	OR (o.units_shipped = 0 AND o.captured_amount <> 0)
	OR (o.units_shipped = o.units AND coalesce(s.worth, 0) <> o.total_amount);
