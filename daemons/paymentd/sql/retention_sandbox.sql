-- The sandbox's own: a key is kept for so long, a webhook that was taken for a week.
WITH key AS (
	DELETE FROM sandbox.request WHERE key IN (
		SELECT key FROM sandbox.request
		WHERE created_at < now() - :kept_ms::bigint * interval '1 millisecond'
		ORDER BY created_at LIMIT :batch::integer)
	RETURNING 1
), sent AS (
	DELETE FROM sandbox.webhook w USING (
		SELECT id, copy FROM sandbox.webhook
		WHERE state <> 'queued' AND due_at < now() - interval '7 days'
		ORDER BY due_at LIMIT :batch::integer) old
	WHERE w.id = old.id AND w.copy = old.copy
	RETURNING 1
)
SELECT (SELECT count(*) FROM key) + (SELECT count(*) FROM sent) AS removed,
	(SELECT extract(epoch FROM now() - min(created_at)) FROM sandbox.request) AS oldest
