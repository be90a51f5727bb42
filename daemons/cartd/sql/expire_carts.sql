WITH due AS (
	SELECT id
	FROM cart, cart_setting
	WHERE status = 'active' AND idle_since < now() - expire_after AND expires_at <= now()
	ORDER BY idle_since LIMIT :batch::integer FOR UPDATE OF cart SKIP LOCKED
), expired AS (
	UPDATE cart SET status = 'expired', closed_at = now()
	FROM due WHERE cart.id = due.id
	RETURNING cart.id
)
SELECT count(*) FROM expired
