-- Dead ones too, in the end: nobody sends them again after so long.
WITH due AS (
	SELECT id FROM notification
	WHERE status IN ('sent', 'dead', 'suppressed')
		AND created_at < now() - :kept_ms::bigint * interval '1 millisecond'
	ORDER BY created_at LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM notification n USING due WHERE n.id = due.id
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(created_at)) FROM notification
		WHERE status IN ('sent', 'dead', 'suppressed')) AS oldest
