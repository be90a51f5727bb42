-- A key is kept for a day, a webhook that was taken for a week; in parts.
WITH key AS (
	DELETE FROM sandbox.request WHERE key IN (
		SELECT key FROM sandbox.request WHERE created_at < now() - interval '1 day'
		ORDER BY created_at LIMIT 5000)
	RETURNING 1
), sent AS (
	DELETE FROM sandbox.webhook w USING (
		SELECT id, copy FROM sandbox.webhook
		WHERE state <> 'queued' AND due_at < now() - interval '7 days'
		ORDER BY due_at LIMIT 5000) old
	WHERE w.id = old.id AND w.copy = old.copy
	RETURNING 1
)
SELECT (SELECT count(*) FROM key) + (SELECT count(*) FROM sent) AS removed
