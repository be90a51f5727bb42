-- Uses are counted as they are taken, within their limits; discounts follow from what the order kept, line by line
-- At every moment: also while orders are under way.
WITH redeemed AS (
	SELECT promotion, coupon, customer, order_id FROM orderd.promotion_redemption
	WHERE given_back_at IS NULL
), promotion AS (
	SELECT p.code, p.uses, p.max_uses, p.version,
		CASE WHEN p.first_order THEN 1 ELSE p.max_uses_per_customer END AS most
	FROM orderd.promotion p
), share AS (
	SELECT d.order_id, d.promotion, d.place, l.line::integer AS line, l.share, l.weight,
		coalesce(sum(l.share) OVER (PARTITION BY d.order_id, l.line ORDER BY d.place
			ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
	FROM orderd.order_discount d
	CROSS JOIN LATERAL unnest(d.shares, d.weights) WITH ORDINALITY AS l(share, weight, line)
), computed AS (
	SELECT d.*, o.status, CASE d.kind
		WHEN 'percentage' THEN least(half_even((terms ->> 'base')::numeric * (terms ->> 'ppm')::numeric
			/ 1000000), (terms ->> 'max_discount')::bigint)
		WHEN 'amount' THEN least((terms ->> 'amount')::bigint, (terms ->> 'base')::bigint,
			(terms ->> 'max_discount')::bigint)
		WHEN 'free_shipping' THEN d.shipping
		ELSE least((SELECT sum(w) FROM unnest(weights) w), (terms ->> 'max_discount')::bigint) END AS right_amount
	FROM orderd.order_discount d
	LEFT JOIN orderd.orders o ON o.id = d.order_id
)
SELECT 'uses of', code, uses, 'redemptions', count(r.promotion), 'limit', max_uses
FROM promotion
LEFT JOIN redeemed r ON r.promotion = code
GROUP BY code, uses, max_uses
HAVING count(r.promotion) <> uses OR count(r.promotion) > max_uses
UNION ALL
SELECT 'uses of coupon', c.code, c.uses, 'redemptions', count(r.coupon), 'limit', c.max_uses
FROM orderd.promotion_coupon c
LEFT JOIN redeemed r ON r.coupon = c.code
GROUP BY c.code, c.uses, c.max_uses
HAVING count(r.coupon) <> c.uses OR count(r.coupon) > c.max_uses
UNION ALL
SELECT 'uses of a customer', p.code || ' ' || r.customer, count(*), 'limit', p.most, NULL, NULL
FROM redeemed r
-- A limit that was lowered later does not undo what was used.
JOIN promotion p ON p.code = r.promotion AND p.version = 1
GROUP BY p.code, r.customer, p.most
HAVING count(*) > p.most
UNION ALL
SELECT 'sold without its use', c.order_id || ' ' || c.promotion, NULL, c.status, NULL, NULL, NULL
FROM computed c
LEFT JOIN redeemed r ON r.order_id = c.order_id AND r.promotion = c.promotion
WHERE (c.status IN ('confirmed', 'completed') AND r.order_id IS NULL)
	OR (c.status IN ('rejected', 'cancelled') AND r.order_id IS NOT NULL) OR c.status IS NULL
UNION ALL
SELECT 'amount of', order_id || ' ' || promotion, amount, 'follows', right_amount, 'shares',
	(SELECT sum(s) FROM unnest(shares) s)
FROM computed
WHERE amount <> right_amount OR (kind IN ('percentage', 'amount')
		AND (terms ->> 'base')::bigint <> (SELECT sum(w) FROM unnest(weights) w))
	OR amount <> shipping + (SELECT sum(s) FROM unnest(shares) s)
	OR cardinality(shares) <> cardinality(weights)
UNION ALL
SELECT 'share of', s.order_id || ' ' || s.promotion, s.share, 'line', s.line, 'worth',
	l.price_amount * l.quantity - s.before
FROM share s
LEFT JOIN orderd.order_line l ON l.order_id = s.order_id AND l.line = s.line
WHERE l.line IS NULL OR s.share < 0 OR s.share > s.weight
	OR s.weight > l.price_amount * l.quantity - s.before
UNION ALL
SELECT 'line of', l.order_id || ' ' || l.line, l.discount_amount, 'shares', coalesce(sum(s.share), 0), NULL, NULL
FROM orderd.order_line l
JOIN orderd.orders o ON o.id = l.order_id AND o.kind = 'sale'
LEFT JOIN share s ON s.order_id = l.order_id AND s.line = l.line
GROUP BY l.order_id, l.line, l.discount_amount
HAVING coalesce(sum(s.share), 0) <> l.discount_amount
UNION ALL
SELECT 'shipping of', o.id::text, o.shipping_discount, 'discounts', coalesce(sum(d.shipping), 0), NULL, NULL
FROM orderd.orders o
LEFT JOIN orderd.order_discount d ON d.order_id = o.id
WHERE o.kind = 'sale'
GROUP BY o.id, o.shipping_discount
HAVING coalesce(sum(d.shipping), 0) <> o.shipping_discount;
