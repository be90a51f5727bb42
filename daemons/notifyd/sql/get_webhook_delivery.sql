-- With what was sent and every attempt.
SELECT to_json(r) AS body
FROM (
	SELECT d.id, d.webhook_id AS webhook, e.id AS event, e.type, e.aggregate, e.version,
		e.id || '_' || replace(d.webhook_id::text, '-', '') AS message, d.status, d.reason,
		d.attempt AS attempts, d.last_status, d.last_error,
		CASE WHEN d.status = 'queued' THEN d.due_at::timestamptz(3) END AS due_at, d.created_at,
		d.delivered_at, e.body::json AS content,
		(SELECT coalesce(json_agg(a ORDER BY a.attempt), '[]') FROM (
			SELECT attempt, created_at AS at, outcome, status, duration_ms, error, answer
			FROM webhook_attempt WHERE delivery = d.number) a) AS log
	FROM webhook_delivery d JOIN webhook_event e ON e.number = d.event
	WHERE d.id = :id::uuid
) r
