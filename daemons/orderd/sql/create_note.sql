WITH target AS (
	SELECT id FROM orders WHERE id = order_find(:number, '', :scopes, 'orders:write')
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash,
		'/v1/orders/' || id || '/notes/' || :new_id
	FROM target
	RETURNING location
), created AS (
	INSERT INTO order_note (id, order_id, text, public, author)
	SELECT :new_id::uuid, id, :text, :public, :subject FROM key, target
	RETURNING *
)
SELECT to_json(r) AS body, location
FROM key, (SELECT id, order_id AS "order", text, public, author, created_at FROM created) r
