-- Each order line holds exactly its open units, rejected and cancelled orders hold nothing
WITH held AS (
	SELECT order_id, line, sum(quantity) AS taken, sum(quantity - shipped - released) AS units
	FROM catalogd.allocation_line
	WHERE location IS NOT NULL
	GROUP BY order_id, line
), tracked AS (
	SELECT DISTINCT sku FROM catalogd.stock_movement
), line AS (
	SELECT l.order_id, l.line, l.quantity, o.status,
		CASE WHEN o.status IN ('confirmed', 'completed') OR o.step = 'authorizing'
			THEN l.quantity - l.cancelled - l.shipped ELSE 0 END AS units
	FROM orderd.order_line l
	JOIN orderd.orders o ON o.id = l.order_id
	JOIN tracked t ON t.sku = l.sku
)
SELECT order_id, line, line.status, 'open', line.units, 'allocated', held.units, 'taken', held.taken
FROM line
FULL JOIN held USING (order_id, line)
WHERE coalesce(line.units, 0) <> coalesce(held.units, 0) OR held.taken > line.quantity;
