-- What was sold of a SKU, by the orders, is never more than what came in
-- At every moment: also while orders are under way.
WITH sold AS (
	SELECT l.sku, sum(l.quantity - l.cancelled) AS units
	FROM orderd.order_line l
	JOIN orderd.orders o ON o.id = l.order_id
	WHERE o.status IN ('confirmed', 'completed')
	GROUP BY l.sku
), stocked AS (
	SELECT sku, sum(CASE kind WHEN 'received' THEN quantity
			WHEN 'adjusted' THEN quantity ELSE 0 END) AS units,
		bool_or(kind = 'adjusted' AND quantity < 0) AS counted
	FROM catalogd.stock_movement
	GROUP BY sku
)
SELECT sku, 'sold', sold.units, 'stocked', stocked.units
FROM sold
JOIN stocked USING (sku)
WHERE sold.units > stocked.units AND NOT stocked.counted;
