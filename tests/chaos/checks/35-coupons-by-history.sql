-- By what the clients sent: never more orders at a time have a coupon than it has uses, and who asked has it
-- At every moment: also while orders are under way.
WITH asked AS (
	SELECT a.order_id, upper(c) AS coupon
	FROM (SELECT DISTINCT key, order_id FROM acknowledged) a
	JOIN history h ON h.key = a.key AND h.op = 'order' AND h.type = 'invoke'
	CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(h.value -> 'coupons')
		WHEN 'array' THEN h.value -> 'coupons' ELSE '[]' END) c
), uses AS ( -- from its confirmation to its end an order has the coupon: no clock but orderd's is needed
	SELECT a.coupon, e.created_at, CASE e.kind WHEN 'confirmed' THEN 1 ELSE -1 END AS one
	FROM asked a
	JOIN orderd.order_event e ON e.order_id::text = a.order_id AND (e.kind = 'confirmed'
		OR e.kind = 'cancelled' AND EXISTS (SELECT FROM orderd.order_event b
			WHERE b.order_id = e.order_id AND b.kind = 'confirmed'))
), running AS (
	SELECT coupon, sum(one) OVER (PARTITION BY coupon ORDER BY created_at, one
		ROWS UNBOUNDED PRECEDING) AS orders
	FROM uses
)
SELECT 'orders with', r.coupon, max(r.orders), 'limit', least(c.max_uses, p.max_uses)
FROM running r
JOIN orderd.promotion_coupon c ON c.code = r.coupon
JOIN orderd.promotion p ON p.code = c.promotion
GROUP BY r.coupon, c.max_uses, p.max_uses
HAVING max(r.orders) > least(c.max_uses, p.max_uses)
UNION ALL
SELECT 'asked for in vain', a.order_id || ' ' || a.coupon, NULL, o.status, NULL
FROM asked a
JOIN orderd.orders o ON o.id::text = a.order_id
WHERE NOT EXISTS (SELECT FROM orderd.order_discount d
	WHERE d.order_id = o.id AND d.coupon = a.coupon)
UNION ALL
SELECT 'not asked for', d.order_id || ' ' || d.coupon, NULL, a.status, NULL
FROM orderd.order_discount d
JOIN acknowledged a ON a.order_id = d.order_id::text
WHERE d.coupon IS NOT NULL AND NOT EXISTS (SELECT FROM asked x
	WHERE x.order_id = a.order_id AND x.coupon = d.coupon);
