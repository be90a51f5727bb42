-- Once per cart: somebody left it with something in it.
WITH due AS (
	SELECT id
	FROM cart, cart_setting
	WHERE status = 'active' AND filled AND abandoned_at IS NULL
	AND idle_since < now() - abandon_after AND updated_at < now() - abandon_after
	ORDER BY idle_since LIMIT :batch::integer FOR UPDATE OF cart SKIP LOCKED
), abandoned AS (
	UPDATE cart SET abandoned_at = now()
	FROM due WHERE cart.id = due.id
	RETURNING cart.id, owner, line_count, currency, version
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'carts.cart.abandoned', cart, version, to_json(e)
	FROM (
		SELECT id AS cart, owner, line_count AS lines, version, ROW((
				SELECT sum(price_amount * quantity) FROM cart_line WHERE cart_id = id
			)::bigint, currency)::money_amount AS total
		FROM abandoned
	) e
)
SELECT count(*) FROM abandoned
