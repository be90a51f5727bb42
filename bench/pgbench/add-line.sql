\set n random(1, 25)
SELECT status, body, etag
FROM cart_add_line(('00000000-0000-7000-8000-' || lpad(:client_id::text, 12, '0'))::uuid, 'bench',
	'BENCH-' || :n::text, 1, 'POST /v1/carts/{id}/lines', gen_random_uuid()::text, 'hash');
