SELECT id, attempt, number, owner, cart_id AS cart, cart_version, currency, total_amount AS total,
	payment_id AS payment, payment_token AS token,
	(extract(epoch FROM created_at) * 1000)::bigint AS created_ms,
	(SELECT json_agg(l ORDER BY l.line) FROM (
		SELECT line, sku, quantity, price_amount AS price FROM order_line WHERE order_id = o.id
	) l) AS lines
FROM order_claim('check', :batch::integer, :lease_ms::bigint) o
ORDER BY id
