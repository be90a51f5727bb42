-- A user has at most 50: one page.
SELECT to_json(r) AS body
FROM (
	SELECT coalesce((
		SELECT json_agg(a) FROM (
			SELECT id, name, company, line1, line2, postal_code, city, region, country,
				phone, version, created_at, updated_at
			FROM address WHERE user_id = u.id ORDER BY id
		) a
	), '[]') AS data, NULL AS next
	FROM users u WHERE u.id = as_uuid(:subject)
) r
