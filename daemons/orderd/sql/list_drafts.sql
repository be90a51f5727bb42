-- Newest first.
WITH page AS MATERIALIZED (
	SELECT *, row_number() OVER (ORDER BY id DESC) AS place
	FROM (
		SELECT * FROM order_draft
		WHERE (:status IS NULL OR status = :status)
		AND (:email IS NULL OR email = :email)
		AND (:after IS NULL OR id < (:after->>0)::uuid)
		ORDER BY id DESC LIMIT :limit + 1
	) found
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(draft_body(d) ORDER BY d.id DESC), '[]')
		FROM order_draft d JOIN page p ON p.id = d.id
		WHERE p.place <= :limit
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(id)) FROM page
		WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
