WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/carts/' || :new_id)
	RETURNING location
), created AS (
	INSERT INTO cart (id, owner, currency, expires_at)
	SELECT :new_id::uuid, :subject, :currency, now() + expire_after
	FROM key, cart_setting
	RETURNING cart
)
SELECT cart_body(cart) AS body, (SELECT location FROM key) AS location,
	(cart).version AS etag
FROM created
