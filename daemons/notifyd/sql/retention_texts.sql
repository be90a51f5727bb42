-- What was said to whom goes, the row stays: that, when and about which order somebody was told.
WITH due AS (
	SELECT id FROM notification
	WHERE data IS NOT NULL AND status IN ('sent', 'dead', 'suppressed')
		AND created_at < now() - :kept_ms::bigint * interval '1 millisecond'
	ORDER BY created_at LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), blanked AS (
	UPDATE notification n SET data = NULL, text = NULL, html = NULL, last_error = NULL,
		subject = CASE WHEN n.subject IS NOT NULL THEN '' END,
		recipient = CASE WHEN n.recipient IS NOT NULL THEN '' END
	FROM due WHERE n.id = due.id
	RETURNING 1
)
SELECT (SELECT count(*) FROM blanked) AS removed,
	(SELECT extract(epoch FROM now() - min(created_at)) FROM notification
		WHERE data IS NOT NULL AND status IN ('sent', 'dead', 'suppressed')) AS oldest
