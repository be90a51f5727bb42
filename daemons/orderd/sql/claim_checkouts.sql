SELECT id, attempt, number, owner, cart, cart_version, currency, total, payment, token, created_ms,
	lines, order_is_discounted(id) AS discounted
FROM checkout_claim(:batch::integer, :lease_ms::bigint)
