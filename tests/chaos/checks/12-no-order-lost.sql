-- Every order that was acknowledged is there, once, with the total that was agreed to
-- At every moment: also while orders are under way.
SELECT a.order_id, a.key, 'orders', count(o.id)
FROM (SELECT DISTINCT order_id, key FROM acknowledged) a
LEFT JOIN orderd.orders o ON o.id::text = a.order_id
GROUP BY 1, 2
HAVING count(o.id) <> 1
UNION ALL
SELECT o.id::text, h.key, 'total', o.total_amount
FROM history h
JOIN (SELECT DISTINCT order_id, key FROM acknowledged) a USING (key)
JOIN orderd.orders o ON o.id::text = a.order_id
WHERE h.op = 'order' AND h.type = 'invoke'
	AND (h.value -> 'total' ->> 'amount')::bigint <> o.total_amount;
