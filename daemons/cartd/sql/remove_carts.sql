WITH due AS (
	SELECT id FROM cart
	WHERE closed_at < now() - interval '90 days'
	ORDER BY closed_at LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), removed AS (
	DELETE FROM cart USING due WHERE cart.id = due.id
	RETURNING cart.id
)
SELECT count(*) FROM removed
