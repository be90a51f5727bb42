WITH target AS (
	SELECT id FROM webhook WHERE id = :id::uuid
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/webhooks/' || id FROM target
	RETURNING location
)
SELECT webhook_rotate(id, :secret, :overlap_ms::bigint) AS body, location FROM key, target
