WITH target AS (
	SELECT id FROM orders WHERE id = order_find(:number, '', :scopes, 'orders:write')
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash,
		'/v1/orders/' || id || '/shipments/' || :new_id
	FROM target
	RETURNING location
)
SELECT order_ship(:new_id::uuid, id, :body, :subject) AS body, location FROM key, target
