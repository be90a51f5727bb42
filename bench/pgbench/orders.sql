-- A million orders of the last year, each with a line and its words for the search.
SET synchronous_commit = off;
CREATE TEMPORARY TABLE made AS
SELECT n, ts, (substr(order_id_at(ts)::text, 1, 14) || '7' || substr(md5(n::text), 1, 3) || '-8'
	|| substr(md5(n::text), 4, 3) || '-' || substr(md5(n::text), 7, 12))::uuid AS id,
	CASE WHEN n % 50 = 0 THEN 'rejected' WHEN n % 20 = 0 THEN 'confirmed' ELSE 'completed' END AS status
FROM (SELECT n, now() - (1000000 - n) * interval '31 seconds' AS ts
	FROM generate_series(1, 1000000) n) t;
INSERT INTO orders (id, number, owner, email, name, status, cart_id, cart_version, currency, subtotal,
	shipping_method, shipping_amount, shipping_tax, tax_country, tax_rate_ppm, tax_inclusive,
	tax_amount, total_amount, shipping_address, deadline, payment_id, payment_status,
	authorized_amount, captured_amount, units, units_shipped, created_at, updated_at)
SELECT id, (50000000 + n)::text, 'bench-' || n % 50000, 'bench-' || n % 50000 || '@example.com',
	'Bench Buyer ' || n % 50000, status, gen_random_uuid(), 2, 'EUR', 1000, 'standard', 490, 78, 'DE',
	190000, true, 238, 1490, '{"name": "Bench", "line1": "Main Street 1", "city": "Berlin", "country": "DE"}',
	ts, gen_random_uuid(), CASE status WHEN 'rejected' THEN 'declined' WHEN 'confirmed' THEN 'authorized'
		ELSE 'captured' END, CASE status WHEN 'rejected' THEN 0 ELSE 1490 END,
	CASE status WHEN 'completed' THEN 1490 ELSE 0 END, 1, CASE status WHEN 'completed' THEN 1 ELSE 0 END,
	ts, ts
FROM made ORDER BY id;
INSERT INTO order_line (order_id, line, sku, name, quantity, shipped, price_amount, tax_rate_ppm,
	tax_amount, total_amount)
SELECT id, 1, 'BENCH-' || 1 + n % 2000, 'Bench', 1, CASE status WHEN 'completed' THEN 1 ELSE 0 END, 1000,
	190000, 160, 1000
FROM made;
INSERT INTO order_search (order_id, words)
SELECT o.id, order_words(o.number, o.email, o.name)
FROM made JOIN orders o USING (id)
