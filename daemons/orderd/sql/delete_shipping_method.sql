WITH target AS (
	SELECT code, version FROM shipping_method WHERE code = :code FOR UPDATE
), removed AS (
	DELETE FROM shipping_method m USING target t
	WHERE m.code = t.code AND t.version = :if_match
)
SELECT CASE WHEN version <> :if_match THEN 412 ELSE 204 END AS status, NULL::json AS body FROM target
