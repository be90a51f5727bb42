WITH page AS (
	SELECT tax_rate_code(country, region) AS code, country, region, name, rate_ppm, inclusive, version,
		created_at, updated_at
	FROM tax_rate
	WHERE :after IS NULL OR (country, region) > (:after->>0, :after->>1)
	ORDER BY country, region LIMIT :limit + 1
)
SELECT to_json(r) AS body
FROM (
	SELECT (SELECT coalesce(json_agg(p ORDER BY country, region), '[]') FROM (
			SELECT * FROM page ORDER BY country, region LIMIT :limit) p) AS data,
		CASE WHEN (SELECT count(*) FROM page) > :limit THEN (
			SELECT cursor_encode(jsonb_build_array(country, region)) FROM page
			ORDER BY country, region OFFSET :limit - 1 LIMIT 1
		) END AS next
) r
