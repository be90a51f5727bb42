-- Drafts that nobody placed or changed for long; a placed one stays, as the origin of its order.
WITH due AS (
	SELECT id FROM order_draft
	WHERE status = 'open' AND updated_at < now() - :kept_ms::bigint * interval '1 millisecond'
	ORDER BY id LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM order_draft d USING due WHERE d.id = due.id
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(updated_at)) FROM order_draft WHERE status = 'open') AS oldest
