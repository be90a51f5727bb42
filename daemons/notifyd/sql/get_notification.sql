SELECT to_json(r) AS body
FROM (
	SELECT s.*, (
		SELECT coalesce(json_agg(a ORDER BY a.id), '[]')
		FROM (
			SELECT id, attempt, transport, outcome, code, error, created_at
			FROM notification_attempt WHERE notification_id = s.id
		) a
	) AS attempts
	FROM notification_shown s
	WHERE s.id = as_uuid(:id)
) r
