WITH page AS (
	SELECT id, code, label, version FROM widget
	WHERE (:after IS NULL OR code > :after->>0)
		AND (:label IS NULL OR label = :label)
	ORDER BY code LIMIT :limit + 1
), shown AS (
	SELECT * FROM page ORDER BY code LIMIT :limit
)
SELECT to_json(r) AS body
FROM (SELECT
	(SELECT coalesce(json_agg(s ORDER BY s.code), '[]') FROM shown s) AS data,
	CASE WHEN (SELECT count(*) FROM page) > :limit
		THEN cursor_encode(jsonb_build_array((SELECT max(code) FROM shown))) END AS next) r;
