-- What was sent has arrived: every sent confirmation lies in the mailbox, every order was told to the webhook
SELECT 'mail', n.id::text, n.key
FROM notifyd.notification n
WHERE n.template = 'order_confirmation' AND n.status = 'sent' AND EXISTS (SELECT FROM mailed)
	AND n.id::text NOT IN (SELECT notification FROM mailed)
UNION ALL
SELECT 'webhook', e.order_id::text, e.kind
FROM orderd.order_event e
WHERE e.kind = 'confirmed' AND EXISTS (SELECT FROM heard)
	AND e.order_id::text NOT IN (SELECT order_id FROM heard)
UNION ALL
SELECT 'delivery', d.id::text, d.status
FROM notifyd.webhook_delivery d
WHERE d.status NOT IN ('delivered', 'cancelled') AND EXISTS (SELECT FROM heard);
