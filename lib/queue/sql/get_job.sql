SELECT to_json(r) AS body
FROM (SELECT id, queue, state, attempt - retried_at_attempt AS tries, reason, payload, due_at,
		created_at, settled_at
	FROM job WHERE id = :id::uuid) r;
