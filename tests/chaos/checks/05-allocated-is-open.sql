-- Allocated of a SKU is what the orders that are confirmed, or wait for money, still have to ship of it
WITH open AS (
	SELECT l.sku, sum(l.quantity - l.cancelled - l.shipped) AS units
	FROM orderd.order_line l
	JOIN orderd.orders o ON o.id = l.order_id
	WHERE o.status = 'confirmed' OR o.step = 'authorizing'
	GROUP BY l.sku
), level AS (
	SELECT sku, sum(allocated) AS units FROM catalogd.stock_level GROUP BY sku
)
SELECT sku, 'open', coalesce(open.units, 0), 'allocated', level.units
FROM level
LEFT JOIN open USING (sku)
WHERE coalesce(open.units, 0) <> level.units;
