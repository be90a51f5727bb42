-- A draft that is placed is one order, of the lines that staff wrote; an open one is none
-- At every moment: also while orders are under way.
SELECT d.number, d.status, d.order_id::text, count(o.id), min(o.id::text), NULL
FROM orderd.order_draft d
LEFT JOIN orderd.orders o ON o.kind = 'draft' AND o.origin = d.id
GROUP BY d.id, d.number, d.status, d.order_id
HAVING count(o.id) <> CASE d.status WHEN 'placed' THEN 1 ELSE 0 END
	OR min(o.id::text) IS DISTINCT FROM d.order_id::text
UNION ALL
SELECT o.number, o.status, 'an order of no draft', NULL, o.id::text, NULL
FROM orderd.orders o
WHERE o.kind = 'draft' AND NOT EXISTS (SELECT FROM orderd.order_draft d WHERE d.id = o.origin)
UNION ALL
SELECT d.number, d.status, 'line', l.ordinality, l.e ->> 'sku', x.sku
FROM orderd.order_draft d
CROSS JOIN LATERAL jsonb_array_elements(d.lines) WITH ORDINALITY AS l (e, ordinality)
LEFT JOIN orderd.order_line x ON x.order_id = d.order_id AND x.line = l.ordinality
WHERE d.status = 'placed' AND (x.sku, x.quantity, x.price_amount, x.discount_amount) IS DISTINCT FROM
	(l.e ->> 'sku', (l.e ->> 'quantity')::bigint, (l.e -> 'price' ->> 'amount')::bigint,
		(l.e ->> 'discount')::bigint);
