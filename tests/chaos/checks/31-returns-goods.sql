-- Returned of a line is never more than shipped, and what can be sold again is in the stock exactly once
WITH asked AS (
	SELECT r.order_id, x.line, sum(CASE WHEN r.received_at IS NULL THEN x.quantity
		ELSE x.received + x.refused END) AS pieces
	FROM orderd.order_return r
	JOIN orderd.order_return_line x ON x.return_id = r.id
	WHERE r.status NOT IN ('declined', 'cancelled')
	GROUP BY 1, 2
), shelf AS (
	SELECT r.id::text AS id, l.sku, sum(x.resellable) AS pieces
	FROM orderd.order_return r
	JOIN orderd.order_return_line x ON x.return_id = r.id
	JOIN orderd.order_line l ON l.order_id = r.order_id AND l.line = x.line
	WHERE r.restocked_at IS NOT NULL
		AND EXISTS (SELECT FROM catalogd.stock_level s WHERE s.sku = l.sku AND s.tracked)
	GROUP BY 1, 2
	HAVING sum(x.resellable) > 0
), moved AS (
	SELECT cause_id AS id, sku, sum(quantity) AS pieces
	FROM catalogd.stock_movement
	WHERE cause_type = 'return'
	GROUP BY 1, 2
)
SELECT 'more than was shipped', a.order_id::text, a.line::text, a.pieces, l.shipped
FROM asked a
LEFT JOIN orderd.order_line l USING (order_id, line)
WHERE a.pieces > coalesce(l.shipped, 0)
UNION ALL
SELECT 'stock', id, sku, coalesce(s.pieces, 0), coalesce(m.pieces, 0)
FROM shelf s
FULL JOIN moved m USING (id, sku)
WHERE coalesce(s.pieces, 0) <> coalesce(m.pieces, 0)
UNION ALL
SELECT 'counted', return_id::text, line::text, received, quantity FROM orderd.order_return_line
WHERE received + refused > quantity OR resellable > received;
