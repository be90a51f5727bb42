WITH page AS (
	SELECT id, queue, state, attempt - retried_at_attempt AS tries, reason, due_at, created_at,
		settled_at
	FROM job
	WHERE (:after IS NULL
		OR (created_at, id) < ((:after->>0)::timestamptz, (:after->>1)::uuid))
		AND (:queue IS NULL OR queue = :queue)
		AND (:state IS NULL OR state = :state)
	ORDER BY created_at DESC, id DESC LIMIT :limit + 1
), shown AS (
	SELECT * FROM page ORDER BY created_at DESC, id DESC LIMIT :limit
)
SELECT to_json(r) AS body
FROM (SELECT
	(SELECT coalesce(json_agg(s ORDER BY s.created_at DESC, s.id DESC), '[]') FROM shown s) AS data,
	(SELECT cursor_encode(jsonb_build_array(created_at, id)) FROM shown
		WHERE (SELECT count(*) FROM page) > :limit ORDER BY created_at, id LIMIT 1) AS next) r;
