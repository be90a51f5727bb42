WITH target AS (
	SELECT id FROM orders WHERE id = order_find(:number, :subject, :scopes, 'orders:write')
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash,
		'/v1/orders/' || id || '/cancellations/' || :new_id
	FROM target
	RETURNING location
)
SELECT order_cancel(:new_id::uuid, id, :body, :subject, 'orders:write' = ANY (:scopes)) AS body,
	location
FROM key, target
