-- The provider's report: what moved money, a row per movement.
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r ORDER BY r.occurred_at, r.reference), '[]') AS data
	FROM (
		SELECT split_part(m.id, ':', 1) AS reference, m.kind, m.amount, a.currency, a.payment,
			m.created_at AS occurred_at
		FROM sandbox.movement m
		JOIN sandbox.authorization a ON a.id = m.auth
		WHERE (:since IS NULL OR m.created_at >= :since) AND (:until IS NULL OR m.created_at < :until)
	) r
) answer
