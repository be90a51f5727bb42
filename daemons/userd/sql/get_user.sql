SELECT to_json(r) AS body, version AS etag
FROM (
	SELECT id, email, email_verified_at, name, locale, user_roles(id) AS roles, version,
		created_at, updated_at
	FROM users WHERE id = as_uuid(:id)
) r
