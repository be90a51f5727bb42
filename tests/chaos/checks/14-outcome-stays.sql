-- What a client was told about an order stays true: confirmed is not rejected later, nor the reverse
-- At every moment: also while orders are under way.
SELECT a.order_id, a.key, 'told', a.status, a.reason, 'is', o.status, o.reason
FROM acknowledged a
JOIN orderd.orders o ON o.id::text = a.order_id
WHERE (a.status IN ('confirmed', 'completed') AND o.status NOT IN ('confirmed', 'completed', 'cancelled'))
	OR (a.status = 'rejected' AND o.status <> 'rejected')
	OR (a.status = 'cancelled' AND o.status <> 'cancelled');
