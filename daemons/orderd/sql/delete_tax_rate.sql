WITH target AS (
	SELECT country, region, version FROM tax_rate
	WHERE tax_rate_code(country, region) = :code FOR UPDATE
), removed AS (
	DELETE FROM tax_rate r USING target t
	WHERE r.country = t.country AND r.region = t.region AND t.version = :if_match
)
SELECT CASE WHEN version <> :if_match THEN 412 ELSE 204 END AS status, NULL::json AS body FROM target
