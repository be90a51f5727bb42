WITH target AS (
	SELECT id, version FROM users WHERE id = as_uuid(:id) FOR UPDATE
),
updated AS (
	UPDATE users u SET version = u.version + 1, updated_at = now()
	FROM target t WHERE u.id = t.id AND t.version = :if_match
	RETURNING u.*
),
wanted AS (
	SELECT DISTINCT role FROM jsonb_array_elements_text(:roles) AS role
),
removed AS (
	DELETE FROM user_role r USING updated u
	WHERE r.user_id = u.id AND r.role NOT IN (SELECT role FROM wanted)
),
added AS (
	INSERT INTO user_role (user_id, role) SELECT u.id, w.role FROM updated u, wanted w
	ON CONFLICT DO NOTHING
),
event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.user.roles_changed', id, version, to_json(e)
	FROM (SELECT id, version, (SELECT array_agg(role ORDER BY role) FROM wanted) AS roles
		FROM updated) e
)
SELECT to_json(r) AS body, r.version AS etag, NULL::int AS status
FROM (
	SELECT id, email, name, coalesce((SELECT array_agg(role ORDER BY role) FROM wanted), '{}') AS roles,
		version, created_at, updated_at
	FROM updated
) r
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match
