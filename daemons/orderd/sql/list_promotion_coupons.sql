WITH page AS (
	SELECT code, promotion, uses, max_uses, created_at FROM promotion_coupon
	WHERE promotion = :code AND (:after IS NULL OR code > :after->>0)
	ORDER BY code LIMIT :limit + 1
)
SELECT to_json(r) AS body
FROM (
	SELECT (SELECT coalesce(json_agg(p ORDER BY p.code), '[]') FROM (
			SELECT * FROM page ORDER BY code LIMIT :limit) p) AS data,
		CASE WHEN (SELECT count(*) FROM page) > :limit THEN (
			SELECT cursor_encode(jsonb_build_array(code)) FROM page
			ORDER BY code OFFSET :limit - 1 LIMIT 1
		) END AS next
) r
WHERE EXISTS (SELECT FROM promotion WHERE code = :code)
