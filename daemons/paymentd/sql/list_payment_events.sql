SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT id, kind, ROW(amount, coalesce(e.currency, p.currency))::money_amount AS amount,
				reference, reason, source, actor, operation_id AS operation, provider_event_id AS event,
				occurred_at, created_at
			FROM payment_event e
			WHERE payment_id = p.id
			ORDER BY id
		) r
	) AS data, (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT id, kind, amount, final, state, attempt, reference, reason, due_at, created_at,
				settled_at
			FROM payment_operation
			WHERE payment_id = p.id
			ORDER BY created_at, id
		) r
	) AS operations
	FROM payment p
	WHERE p.id = :id::uuid
) answer
