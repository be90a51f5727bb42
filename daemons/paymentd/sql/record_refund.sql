WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/refunds/' || :id)
	RETURNING location
), done AS MATERIALIZED (
	SELECT manual_record_refund(:id::uuid, :reference, :paid_at::timestamptz, :subject) AS id FROM key
)
SELECT refund_show(id) AS body, (SELECT location FROM key) AS location
FROM done
WHERE id IS NOT NULL
