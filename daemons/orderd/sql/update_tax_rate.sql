WITH target AS (
	SELECT country, region, version FROM tax_rate
	WHERE tax_rate_code(country, region) = :code FOR UPDATE
), updated AS (
	UPDATE tax_rate r SET name = coalesce(:name, r.name),
		rate_ppm = coalesce(:rate_ppm::integer, r.rate_ppm),
		inclusive = coalesce(:inclusive, r.inclusive), version = r.version + 1, updated_at = now()
	FROM target t
	WHERE r.country = t.country AND r.region = t.region AND t.version = :if_match
	RETURNING r.*
)
SELECT to_json(r) AS body, r.version AS etag, NULL::int AS status
FROM (
	SELECT tax_rate_code(country, region) AS code, country, region, name, rate_ppm, inclusive, version,
		created_at, updated_at
	FROM updated
) r
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match
