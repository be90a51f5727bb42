-- Carts that were ordered, merged or have expired.
WITH due AS (
	SELECT id FROM cart
	WHERE closed_at < now() - :kept_ms::bigint * interval '1 millisecond'
	ORDER BY closed_at LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), removed AS (
	DELETE FROM cart USING due WHERE cart.id = due.id
	RETURNING cart.id
)
SELECT (SELECT count(*) FROM removed) AS removed,
	(SELECT extract(epoch FROM now() - min(closed_at)) FROM cart WHERE closed_at IS NOT NULL) AS oldest
