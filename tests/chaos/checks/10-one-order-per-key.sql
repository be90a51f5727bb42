-- A key makes one order and an order has one key
-- At every moment: also while orders are under way.
SELECT location, count(*), string_agg(key, ' ')
FROM orderd.idempotency
WHERE route = 'POST /v1/orders'
GROUP BY location
HAVING count(*) > 1
UNION ALL
SELECT 'answers of one key', count(DISTINCT order_id), key
FROM acknowledged
GROUP BY key
HAVING count(DISTINCT order_id) > 1
UNION ALL
SELECT 'order without a key', 1, o.id::text
FROM orderd.orders o
WHERE o.kind = 'sale' AND NOT EXISTS (SELECT FROM orderd.idempotency i
		WHERE i.route = 'POST /v1/orders' AND last_part(i.location) = o.id::text)
	AND o.created_at > now() - interval '1 hour';
