-- Whom mails go to; an entry per user that there is.
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data
	FROM (
		SELECT id AS "user", email, name, locale, email_verified_at IS NOT NULL AS verified
		FROM users
		WHERE id = ANY (ARRAY(SELECT as_uuid(jsonb_array_elements_text(:users))))
	) r
) answer
