WITH due AS (
	SELECT id, copy
	FROM sandbox.webhook
	WHERE state = 'queued' AND due_at <= now()
	ORDER BY due_at
	LIMIT :batch::integer
	FOR UPDATE SKIP LOCKED
)
UPDATE sandbox.webhook w
SET attempt = attempt + 1, due_at = now() + :lease_ms::bigint * interval '1 ms'
FROM due
WHERE w.id = due.id AND w.copy = due.copy
RETURNING w.id || '/' || w.copy AS id, w.attempt, w.body, (SELECT secret FROM sandbox.setting)
