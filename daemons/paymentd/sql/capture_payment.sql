WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/payments/' || :id)
	RETURNING location
), done AS MATERIALIZED (
	SELECT payment_capture(:new_id::uuid, :id::uuid, :amount, :final) AS id FROM key
)
SELECT to_json(r) AS body, (SELECT location FROM key) AS location
FROM (
	SELECT p.id, "order", number, status, amount, authorized, captured, voided, refunded,
		version
	FROM done JOIN payment_shown p ON p.id = done.id
) r
