-- What is queued is cancelled; the log of deliveries stays for its time.
WITH target AS (
	SELECT id, version FROM webhook WHERE id = :id::uuid FOR UPDATE
)
SELECT CASE WHEN version <> :if_match THEN 412 ELSE 204 END AS status, NULL::json AS body,
	CASE WHEN version = :if_match THEN webhook_delete(id) END AS deleted
FROM target
