-- In the order in which they were made.
WITH page AS (
	SELECT w AS webhook, w.created_at, w.id FROM webhook w
	WHERE :after IS NULL OR (w.created_at, w.id) > ((:after->>0)::timestamptz, (:after->>1)::uuid)
	ORDER BY w.created_at, w.id LIMIT :limit + 1
), shown AS (
	SELECT * FROM page ORDER BY created_at, id LIMIT :limit
)
SELECT to_json(r) AS body
FROM (SELECT
	(SELECT coalesce(json_agg(webhook_body(s.webhook) ORDER BY s.created_at, s.id), '[]') FROM shown s)
		AS data,
	(SELECT cursor_encode(jsonb_build_array(created_at, id)) FROM shown
		WHERE (SELECT count(*) FROM page) > :limit ORDER BY created_at DESC, id DESC LIMIT 1)
		AS next) r
