WITH page AS (
	SELECT id, role, audiences, created_at FROM client
	WHERE :after IS NULL OR id > (:after->>0)
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
