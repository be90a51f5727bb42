-- Every state change of an order is in its history, and told: versions without gaps, the final state last
-- At every moment: also while orders are under way.
SELECT 'versions', o.id::text, o.version, count(e.version), max(e.version)
FROM orderd.orders o
LEFT JOIN orderd.order_event e ON e.order_id = o.id
GROUP BY o.id, o.version
HAVING count(e.version) <> o.version OR max(e.version) <> o.version OR min(e.version) <> 1
UNION ALL
SELECT wanted.subject, o.id::text, o.version, count(b.id), NULL
FROM orderd.orders o
CROSS JOIN LATERAL (
	SELECT 'orders.order.placed' AS subject
	UNION ALL SELECT 'orders.order.rejected' WHERE o.status = 'rejected'
	UNION ALL SELECT 'orders.order.cancelled' WHERE o.status = 'cancelled'
	UNION ALL SELECT 'orders.order.completed' WHERE o.status = 'completed'
	UNION ALL SELECT 'orders.order.confirmed' WHERE o.status IN ('confirmed', 'completed')
) wanted
LEFT JOIN orderd.outbox b ON b.aggregate_id = o.id::text AND b.subject = wanted.subject
WHERE o.created_at > now() - interval '6 days'
GROUP BY wanted.subject, o.id, o.version
HAVING count(b.id) <> 1;
