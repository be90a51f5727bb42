WITH target AS (
	SELECT id FROM webhook WHERE id = :id::uuid
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/webhook-deliveries/' || :new_id
	FROM target
	RETURNING location
)
SELECT webhook_test(id, :new_id::uuid) AS body, location FROM key, target
