-- Who ordered is told: every confirmed order has one confirmation, sent to its own address
SELECT o.id::text, o.status, count(n.id), min(n.status), min(n.reason)
FROM orderd.orders o
LEFT JOIN notifyd.notification n ON n.key = 'order_confirmation:' || o.id
WHERE o.created_at > now() - interval '6 days' AND EXISTS (
		SELECT FROM orderd.order_event e WHERE e.order_id = o.id AND e.kind = 'confirmed')
GROUP BY o.id, o.status, o.email
HAVING count(n.id) <> 1 OR min(n.status) <> 'sent' OR min(n.recipient) <> o.email
	OR min(n.order_id::text) <> o.id::text
UNION ALL
-- And nothing is written about what was never confirmed.
SELECT n.key, o.status, 1, n.status, n.reason
FROM notifyd.notification n
LEFT JOIN orderd.orders o ON o.id = n.order_id
WHERE n.template = 'order_confirmation' AND n.resend_of IS NULL AND (o.id IS NULL OR NOT EXISTS (
	SELECT FROM orderd.order_event e WHERE e.order_id = o.id AND e.kind = 'confirmed'));
