WITH target AS (
	SELECT code, version FROM promotion WHERE code = :code FOR UPDATE
), removed AS MATERIALIZED (
	SELECT promotion_delete(code) FROM target WHERE version = :if_match
)
SELECT CASE WHEN version <> :if_match THEN 412 ELSE 204 END AS status, NULL::json AS body,
	(SELECT count(*) FROM removed) AS removed
FROM target
