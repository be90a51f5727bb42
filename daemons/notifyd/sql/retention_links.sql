-- Of mails that are gone themselves.
WITH due AS (
	SELECT hash FROM unsubscribe_token
	WHERE created_at < now() - :kept_ms::bigint * interval '1 millisecond'
	ORDER BY created_at LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM unsubscribe_token t USING due WHERE t.hash = due.hash
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(created_at)) FROM unsubscribe_token) AS oldest
