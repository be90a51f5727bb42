WITH page AS (
	SELECT id, email, email_verified_at, name, locale, user_roles(id) AS roles, version, created_at,
		updated_at
	FROM users
	WHERE (:email IS NULL OR email = :email)
		AND (:after IS NULL OR id > (:after->>0)::uuid)
	ORDER BY id LIMIT :limit + 1
)
SELECT to_json(r) AS body
FROM (
	SELECT
		coalesce((SELECT json_agg(p) FROM (SELECT * FROM page ORDER BY id LIMIT :limit) p), '[]') AS data,
		CASE WHEN (SELECT count(*) FROM page) > :limit THEN (
			SELECT cursor_encode(jsonb_build_array(id)) FROM page
			ORDER BY id OFFSET :limit - 1 LIMIT 1
		) END AS next
) r
