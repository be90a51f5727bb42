WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash,
		'/v1/tax-rates/' || tax_rate_code(:country, :region))
	RETURNING location
), created AS (
	INSERT INTO tax_rate (country, region, name, rate_ppm, inclusive)
	SELECT :country, :region, :name, :rate_ppm::integer, :inclusive FROM key
	RETURNING *
)
SELECT to_json(r) AS body, location, r.version AS etag
FROM key, (
	SELECT tax_rate_code(country, region) AS code, country, region, name, rate_ppm, inclusive, version,
		created_at, updated_at
	FROM created
) r
