-- Shipped and cancelled units of a line are what its shipments and cancellations say, within its quantity
-- At every moment: also while orders are under way.
WITH shipped AS (
	SELECT s.order_id, l.line, sum(l.quantity) AS units
	FROM orderd.shipment_line l
	JOIN orderd.shipment s ON s.id = l.shipment_id
	WHERE s.status = 'shipped'
	GROUP BY 1, 2
), cancelled AS (
	SELECT c.order_id, l.line, sum(l.quantity) AS units
	FROM orderd.cancellation_line l
	JOIN orderd.cancellation c ON c.id = l.cancellation_id
	WHERE c.status = 'done'
	GROUP BY 1, 2
)
SELECT l.order_id, l.line, l.quantity, 'shipped', l.shipped, s.units, 'cancelled', l.cancelled, c.units
FROM orderd.order_line l
JOIN orderd.orders o ON o.id = l.order_id
LEFT JOIN shipped s USING (order_id, line)
LEFT JOIN cancelled c USING (order_id, line)
WHERE l.shipped <> coalesce(s.units, 0)
	-- An order that was called off before it was confirmed has no cancellation.
	OR l.cancelled <> coalesce(c.units, CASE WHEN o.status = 'cancelled' AND NOT EXISTS (
		SELECT FROM orderd.order_event e WHERE e.order_id = o.id AND e.kind = 'confirmed')
		THEN l.quantity ELSE 0 END)
	OR l.shipped + l.cancelled > l.quantity OR l.shipped < 0 OR l.cancelled < 0;
