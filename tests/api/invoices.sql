-- What tests/api/invoices.bats makes orders with: as they are when everything else was done.
CREATE FUNCTION test_store(lines jsonb, shipping bigint, country text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	t order_totals := totals_from(lines, shipping, CASE country WHEN 'DE' THEN 190000 ELSE 72500 END,
		country = 'DE');
	home jsonb := jsonb_build_object('name', 'Ann Smith', 'line1', 'Main Street 1', 'city', 'Berlin',
		'country', country);
BEGIN
	t.tax_name := CASE country WHEN 'DE' THEN 'MwSt 19 %' ELSE 'Sales tax 7.25 %' END;
	o := order_store(gen_random_uuid(), 'ann', jsonb_build_object('email', 'ann@example.org', 'name', 'Ann Smith',
		'cart', gen_random_uuid(), 'cart_version', 1, 'shipping_method', 'express', 'lines', lines,
		'payment_token', 'tok_success', 'shipping_address', home), t, 'sale', NULL, 'ann');
	UPDATE order_line SET name = 'A thing' WHERE order_id = o.id AND line % 2 = 0;
	UPDATE orders SET status = 'confirmed', step = NULL, due_at = NULL, payment_token = NULL,
		payment_status = 'authorized', payment_version = 1, authorized_amount = total_amount
	WHERE id = o.id;
	RETURN o.id;
END $$;

CREATE FUNCTION test_order(count integer, country text, discount bigint) RETURNS uuid LANGUAGE sql AS $$
	SELECT test_store(jsonb_agg(jsonb_build_object('sku', 'SKU-' || i, 'quantity', 1 + (i - 1) % 4,
		'discount', CASE WHEN i % 3 = 0 THEN discount ELSE 0 END,
		'price', jsonb_build_object('amount', 1000 + i * 37, 'currency', 'EUR')) ORDER BY i), 1490, country)
	FROM generate_series(1, count) i
$$;

CREATE FUNCTION test_free() RETURNS uuid LANGUAGE sql AS $$
	SELECT test_store('[{"sku":"A","quantity":1,"discount":500,"price":{"amount":500,"currency":"EUR"}}]', 0, 'DE')
$$;

CREATE FUNCTION test_ship(wanted_order uuid, parts jsonb) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	new_id uuid := gen_random_uuid();
BEGIN
	PERFORM order_ship(new_id, wanted_order, jsonb_strip_nulls(jsonb_build_object('carrier', 'DHL', 'lines', parts)),
		'staff');
	PERFORM shipment_claim(500, 0);
	PERFORM order_settle_shipments(jsonb_build_array(jsonb_build_object('id', new_id, 'attempt',
		(SELECT attempt FROM shipment WHERE id = new_id), 'outcome', 'shipped', 'capture', 'pending')));
	RETURN new_id;
END $$;
