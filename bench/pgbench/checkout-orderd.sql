\set n random(1, :skus)
SELECT gen_random_uuid() AS id, 'k' || gen_random_uuid() AS key,
	jsonb_build_array(jsonb_build_object('sku', 'BENCH-' || :n, 'quantity', 1,
		'price', jsonb_build_object('amount', 1000, 'currency', 'EUR')))::text AS lines \gset
SELECT totals_body(order_totals(:lines::jsonb, 'standard', 'DE', NULL));
WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES ('bench', 'POST /v1/orders', :key, 'hash', '/v1/orders/' || :id)
	RETURNING location
)
SELECT order_place(:id::uuid, 'bench', jsonb_build_object('cart', gen_random_uuid(),
	'cart_version', 1, 'lines', :lines::jsonb, 'email', 'ada@example.com', 'total',
	jsonb_build_object('amount', 1490, 'currency', 'EUR'), 'shipping_method', 'standard',
	'shipping_address', jsonb_build_object('name', 'Ada', 'line1', 'Main Street 1', 'city', 'Berlin',
		'country', 'DE'), 'payment_token', 'tok_success')) AS body, location
FROM key;
BEGIN;
SET LOCAL synchronous_commit = off;
UPDATE orders SET attempt = attempt + 1, due_at = now() + interval '20 seconds'
WHERE id = :id::uuid AND step = 'check';
COMMIT;
SELECT order_settle_checkout(jsonb_build_array(jsonb_build_object('id', :id::uuid, 'attempt', 1,
	'outcome', 'authorizing', 'deadline', now() + interval '15 minutes',
	'names', jsonb_build_array('Bench'))));
BEGIN;
INSERT INTO inbox (consumer, event_id) VALUES ('bench', :key);
SELECT order_take_payment(jsonb_build_object('payment', payment_id, 'status', 'authorized',
	'version', 2, 'authorized', total_amount)) FROM orders WHERE id = :id::uuid;
COMMIT;
SELECT order_show(:id::uuid, false);
