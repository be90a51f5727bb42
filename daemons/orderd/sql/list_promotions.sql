WITH page AS (
	SELECT * FROM promotion
	WHERE (:after IS NULL OR code > :after->>0)
	AND (:active IS NULL OR active = :active)
	ORDER BY code LIMIT :limit + 1
)
SELECT to_json(r) AS body
FROM (
	SELECT (SELECT coalesce(json_agg(promotion_body(p.*::promotion) ORDER BY p.code), '[]') FROM (
			SELECT * FROM page ORDER BY code LIMIT :limit) p) AS data,
		CASE WHEN (SELECT count(*) FROM page) > :limit THEN (
			SELECT cursor_encode(jsonb_build_array(code)) FROM page
			ORDER BY code OFFSET :limit - 1 LIMIT 1
		) END AS next
) r
