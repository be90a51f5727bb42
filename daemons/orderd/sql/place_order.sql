WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/orders/' || :new_id)
	RETURNING location
)
SELECT order_place(:new_id::uuid, :subject, :body) AS body, location, 1 AS etag
FROM key
