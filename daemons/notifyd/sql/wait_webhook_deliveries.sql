-- Those whose first attempt has ended, well or not.
SELECT id::text FROM webhook_delivery
WHERE id = ANY (:ids::uuid[]) AND (status NOT IN ('queued', 'sending') OR last_error IS NOT NULL
	OR last_status IS NOT NULL)
