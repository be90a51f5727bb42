WITH target AS (
	SELECT id, version FROM users WHERE id = as_uuid(:subject) FOR UPDATE
),
updated AS (
	UPDATE users u SET name = coalesce(:name, u.name), version = u.version + 1, updated_at = now(),
		locale = CASE WHEN :body ? 'locale' THEN :locale ELSE u.locale END
	FROM target t WHERE u.id = t.id AND t.version = :if_match
	RETURNING u.*
),
event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.user.updated', id, version, to_json(e) FROM (SELECT id, version FROM updated) e
)
SELECT to_json(r) AS body, r.version AS etag, NULL::int AS status
FROM (
	SELECT id, email, email_verified_at, name, locale, user_roles(id) AS roles, version, created_at,
		updated_at
	FROM updated
) r
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match
