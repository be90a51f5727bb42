\set n random(1, :skus)
SELECT gen_random_uuid() AS cart, 'k' || gen_random_uuid() AS key, 'BENCH-' || :n AS sku \gset
WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES ('bench', 'POST /v1/carts', :key, 'hash', '/v1/carts/' || :cart)
	RETURNING location
), created AS (
	INSERT INTO cart (id, owner, currency, expires_at)
	SELECT :cart::uuid, 'bench', 'EUR', now() + expire_after
	FROM key, cart_setting
	RETURNING cart
)
SELECT cart_body(cart) AS body, (SELECT location FROM key) AS location, (cart).version AS etag
FROM created;
SELECT status, body, etag
FROM cart_add_line(:cart::uuid, 'bench', :sku, 1, 'POST /v1/carts/{id}/lines', :key, 'hash');
SELECT cart_body(cart) FROM cart WHERE id = :cart::uuid;
BEGIN;
INSERT INTO inbox (consumer, event_id) VALUES ('bench', :key);
UPDATE cart SET status = 'ordered', order_id = id, updated_at = now(), closed_at = now()
WHERE id = :cart::uuid AND status IN ('active', 'expired');
COMMIT;
