-- Jobs that are due, those of a killed worker included, each with a new fencing token (attempt).
WITH due AS (
	SELECT id FROM job
	WHERE queue = :queue AND state IN ('queued', 'running') AND due_at <= now()
	ORDER BY due_at LIMIT :batch::integer FOR UPDATE SKIP LOCKED
)
UPDATE job SET state = 'running', attempt = attempt + 1,
	due_at = now() + :lease_ms::bigint * interval '1 millisecond'
FROM due WHERE job.id = due.id
RETURNING job.id, job.payload, job.attempt, job.attempt - job.retried_at_attempt AS tries;
