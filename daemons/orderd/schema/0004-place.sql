-- Placing an order, and how an order looks to those who read it.

-- The whole order. Staff also see what the saga is doing.
CREATE FUNCTION order_body(o orders, staff boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
			SELECT o.id, o.number, o.status, o.reason, o.detail, o.payment, o.fulfilment, o.short,
				o.held_at IS NOT NULL AS held,
				CASE WHEN staff THEN o.hold_reason END AS hold_reason,
				o.owner, o.email, o.name, o.cart_id AS cart,
				ROW(o.subtotal, o.currency)::money_amount AS subtotal,
				o.shipping_method,
				ROW(o.shipping_amount, o.currency)::money_amount AS shipping,
				ROW(o.tax_amount, o.currency)::money_amount AS tax,
				o.tax_name, o.tax_rate_ppm, o.tax_inclusive,
				ROW(o.total_amount, o.currency)::money_amount AS total,
				(SELECT coalesce(json_agg(l ORDER BY l.line), '[]') FROM (
					SELECT line, sku, name, quantity, cancelled, shipped,
						ROW(price_amount, o.currency)::money_amount AS price,
						ROW(tax_amount, o.currency)::money_amount AS tax,
						ROW(total_amount, o.currency)::money_amount AS total
					FROM order_line WHERE order_id = o.id) l) AS lines,
				(SELECT coalesce(json_agg(s ORDER BY s.created_at, s.id), '[]') FROM (
					SELECT s.id, status, s.reason, carrier, tracking,
						ROW(amount, o.currency)::money_amount AS amount,
						(SELECT json_agg(q ORDER BY q.line) FROM (
							SELECT line, quantity FROM shipment_line
							WHERE shipment_id = s.id) q) AS lines,
						s.created_at, shipped_at
					FROM shipment s WHERE order_id = o.id) s) AS shipments,
				o.shipping_address, o.billing_address,
				o.payment_id AS payment_id,
				ROW(o.authorized_amount, o.currency)::money_amount AS authorized,
				ROW(o.captured_amount, o.currency)::money_amount AS captured,
				ROW(o.refunded_amount, o.currency)::money_amount AS refunded,
				o.next_action,
				CASE WHEN o.status = 'pending' THEN o.deadline END AS deadline,
				CASE WHEN staff THEN o.step END AS step,
				CASE WHEN staff THEN o.attempt END AS attempt,
				CASE WHEN staff THEN o.last_error END AS last_error,
				o.version, o.created_at, o.updated_at
		) r);
END
$$;

CREATE FUNCTION order_show(order_id uuid, staff boolean) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT order_body(o, staff) FROM orders o WHERE id = order_id
$$;

-- The totals for people who have not ordered yet, and for those who expected others.
CREATE FUNCTION totals_body(t order_totals) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
			SELECT ROW(t.subtotal, t.currency)::money_amount AS subtotal,
				ROW(t.shipping_amount, t.currency)::money_amount AS shipping,
				ROW(t.tax_amount, t.currency)::money_amount AS tax,
				t.tax_name, t.tax_rate_ppm, t.tax_inclusive,
				ROW(t.total_amount, t.currency)::money_amount AS total,
				(SELECT json_agg(l) FROM (
					SELECT line, sku, quantity,
						ROW(price_amount, t.currency)::money_amount AS price,
						ROW(tax_amount, t.currency)::money_amount AS tax,
						ROW(total_amount, t.currency)::money_amount AS total
					FROM jsonb_to_recordset(t.lines) AS l(line integer, sku text,
						quantity bigint, price_amount bigint, tax_amount bigint,
						total_amount bigint)) l) AS lines
		) r);
END
$$;

-- Stores an order, and what the saga needs to go on with it. Refuses one whose total is not the
-- expected one: what a customer did not agree to is never charged.
CREATE FUNCTION order_place(new_id uuid, subject text, b jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	t order_totals := order_totals(b->'lines', b->>'shipping_method',
		b->'shipping_address'->>'country', b->'shipping_address'->>'region');
	o orders;
BEGIN
	IF t.total_amount <> (b->'total'->>'amount')::bigint OR t.currency <> b->'total'->>'currency' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_total_differs',
			MESSAGE = format('The total is %s minor units of %s (subtotal %s, shipping %s, tax %s), not %s of %s.',
				t.total_amount, t.currency, t.subtotal, t.shipping_amount, t.tax_amount,
				b->'total'->>'amount', b->'total'->>'currency'),
			HINT = 'Show the totals of POST /v1/order-previews again and order with them.';
	END IF;
	INSERT INTO orders (id, owner, email, name, cart_id, cart_version, currency, subtotal,
		shipping_method, shipping_amount, shipping_tax, tax_country, tax_region, tax_name,
		tax_rate_ppm, tax_inclusive, tax_amount, total_amount, shipping_address, billing_address,
		step, due_at, deadline, payment_id, payment_token, units)
	SELECT new_id, subject, b->>'email', b->>'name', (b->>'cart')::uuid,
		(b->>'cart_version')::bigint, t.currency, t.subtotal, b->>'shipping_method',
		t.shipping_amount, t.shipping_tax, b->'shipping_address'->>'country',
		b->'shipping_address'->>'region', t.tax_name, t.tax_rate_ppm, t.tax_inclusive,
		t.tax_amount, t.total_amount, b->'shipping_address', b->'billing_address',
		'check', now(), now() + interval '15 minutes', gen_random_uuid(), b->>'payment_token',
		(SELECT sum((e->>'quantity')::bigint) FROM jsonb_array_elements(b->'lines') e)
	RETURNING * INTO o;
	INSERT INTO order_line (order_id, line, sku, quantity, price_amount, tax_rate_ppm, tax_amount,
		total_amount)
	SELECT new_id, line, sku, quantity, price_amount, t.tax_rate_ppm, l.tax_amount, l.total_amount
	FROM jsonb_to_recordset(t.lines) AS l(line integer, sku text, quantity bigint,
		price_amount bigint, tax_amount bigint, total_amount bigint);
	INSERT INTO order_search (order_id, words)
	VALUES (o.id, order_words(o.number, o.email, o.name));
	PERFORM order_tell(o, 'placed', jsonb_build_object('total', o.total_amount, 'currency',
		o.currency, 'cart', o.cart_id), subject);
	RETURN order_body(o, false);
END
$$;
