SELECT to_json(r) AS body, version AS etag
FROM (
	SELECT tax_rate_code(country, region) AS code, country, region, name, rate_ppm, inclusive, version,
		created_at, updated_at
	FROM tax_rate WHERE tax_rate_code(country, region) = :code
) r
