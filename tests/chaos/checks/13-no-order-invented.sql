-- No order that no client sent
-- At every moment: also while orders are under way.
SELECT o.id, o.number, i.key
FROM orderd.orders o
LEFT JOIN orderd.idempotency i
	ON i.route = 'POST /v1/orders' AND last_part(i.location) = o.id::text
WHERE o.kind = 'sale' AND EXISTS (SELECT FROM history)
	AND NOT EXISTS (SELECT FROM history h
		WHERE h.op = 'order' AND h.type = 'invoke' AND h.key = i.key);
