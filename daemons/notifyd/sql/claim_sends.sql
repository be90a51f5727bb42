SELECT id, attempt, tries, channel, template, category, recipient, subject, text, html,
	data->'shop'->>'sender' AS sender, data->'shop'->>'name' AS shop,
	data->'shop'->>'reply_to' AS reply_to, data->>'unsubscribe' AS unsubscribe,
	extract(epoch FROM created_at)::bigint AS created
FROM notification_send_claim(:batch::integer, :lease_ms::bigint)
