-- Orders that do not come from a cart: drafts of staff, and exchanges. What promotions take off; the
-- language of the customer; and the functions that say more of an order, which the files after this one
-- replace.

ALTER TABLE orders
	ALTER COLUMN cart_id DROP NOT NULL,
	ALTER COLUMN cart_version DROP NOT NULL,
	ADD COLUMN kind text NOT NULL DEFAULT 'sale'
		CONSTRAINT order_kind_unknown CHECK (kind IN ('sale', 'draft', 'exchange')),
	ADD COLUMN origin uuid, -- the draft, or the return that is exchanged
	ADD COLUMN locale text, -- NULL: that of the shop
	ADD COLUMN discount_amount bigint NOT NULL DEFAULT 0, -- off the lines; the subtotal is before it
	ADD COLUMN shipping_discount bigint NOT NULL DEFAULT 0, -- shipping_amount is after it
	ADD CONSTRAINT order_cart_missing CHECK ((kind = 'sale') = (cart_id IS NOT NULL)),
	ADD CONSTRAINT order_discount_range CHECK (discount_amount BETWEEN 0 AND subtotal
		AND shipping_discount >= 0);

-- The line's share; its tax and total are after it.
ALTER TABLE order_line
	ADD COLUMN discount_amount bigint NOT NULL DEFAULT 0
		CONSTRAINT order_line_discount CHECK (discount_amount BETWEEN 0 AND quantity * price_amount);

ALTER TYPE order_totals
	ADD ATTRIBUTE discount_amount bigint,
	ADD ATTRIBUTE shipping_discount bigint,
	ADD ATTRIBUTE discounts jsonb; -- promotion, code, name, amount, of those that apply

-- From stored inputs alone: the same inputs give the same totals for ever. A line may have a `discount`.
CREATE OR REPLACE FUNCTION totals_from(lines jsonb, shipping bigint, rate_ppm integer, inclusive boolean)
RETURNS order_totals
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	totals order_totals;
BEGIN
	totals.tax_rate_ppm := rate_ppm;
	totals.tax_inclusive := inclusive;
	totals.shipping_amount := shipping;
	totals.shipping_tax := tax_of(shipping, rate_ppm, inclusive);
	totals.shipping_discount := 0;
	totals.discounts := '[]';
	SELECT min(l.currency), sum(l.gross), sum(l.discount), sum(l.tax), jsonb_agg(jsonb_build_object(
			'line', l.line, 'sku', l.sku, 'quantity', l.quantity, 'price_amount', l.price,
			'discount_amount', l.discount, 'tax_amount', l.tax,
			'total_amount', l.amount + CASE WHEN inclusive THEN 0 ELSE l.tax END)
			ORDER BY l.line)
	INTO totals.currency, totals.subtotal, totals.discount_amount, totals.tax_amount, totals.lines
	FROM (SELECT p.*, p.gross - p.discount AS amount,
			tax_of(p.gross - p.discount, rate_ppm, inclusive) AS tax
		FROM (SELECT ordinality AS line, e->>'sku' AS sku, (e->>'quantity')::bigint AS quantity,
			(e->'price'->>'amount')::bigint AS price, e->'price'->>'currency' AS currency,
			(e->>'quantity')::bigint * (e->'price'->>'amount')::bigint AS gross,
			coalesce((e->>'discount')::bigint, 0) AS discount
			FROM jsonb_array_elements(totals_from.lines) WITH ORDINALITY AS l(e, ordinality)) p) l;
	totals.tax_amount := totals.tax_amount + totals.shipping_tax;
	totals.total_amount := totals.subtotal - totals.discount_amount + shipping
		+ CASE WHEN inclusive THEN 0 ELSE totals.tax_amount END;
	RETURN totals;
END
$$;

-- What else there is to say of an order: json arrays.
CREATE FUNCTION order_discounts(wanted_order uuid) RETURNS json
LANGUAGE sql STABLE AS $$ SELECT '[]'::json $$;
CREATE FUNCTION order_returns(wanted_order uuid) RETURNS json
LANGUAGE sql STABLE AS $$ SELECT '[]'::json $$;
CREATE FUNCTION order_invoices(wanted_order uuid) RETURNS json
LANGUAGE sql STABLE AS $$ SELECT '[]'::json $$;

-- The whole order. Staff also see what the saga is doing.
CREATE OR REPLACE FUNCTION order_body(o orders, staff boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
			SELECT o.id, o.number, o.kind, o.status, o.reason, o.detail, o.payment, o.fulfilment,
				o.short, o.held_at IS NOT NULL AS held,
				CASE WHEN staff THEN o.hold_reason END AS hold_reason,
				o.owner, o.email, o.name, o.locale, o.cart_id AS cart, o.origin,
				ROW(o.subtotal, o.currency)::money_amount AS subtotal,
				ROW(o.discount_amount, o.currency)::money_amount AS discount,
				order_discounts(o.id) AS discounts,
				o.shipping_method,
				ROW(o.shipping_amount, o.currency)::money_amount AS shipping,
				ROW(o.shipping_discount, o.currency)::money_amount AS shipping_discount,
				ROW(o.tax_amount, o.currency)::money_amount AS tax,
				o.tax_name, o.tax_rate_ppm, o.tax_inclusive,
				ROW(o.total_amount, o.currency)::money_amount AS total,
				(SELECT coalesce(json_agg(l ORDER BY l.line), '[]') FROM (
					SELECT line, sku, name, quantity, cancelled, shipped,
						ROW(price_amount, o.currency)::money_amount AS price,
						ROW(discount_amount, o.currency)::money_amount AS discount,
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
				order_returns(o.id) AS returns,
				order_invoices(o.id) AS invoices,
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

CREATE OR REPLACE FUNCTION totals_body(t order_totals) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
			SELECT ROW(t.subtotal, t.currency)::money_amount AS subtotal,
				ROW(t.discount_amount, t.currency)::money_amount AS discount,
				t.discounts,
				ROW(t.shipping_amount, t.currency)::money_amount AS shipping,
				ROW(t.shipping_discount, t.currency)::money_amount AS shipping_discount,
				ROW(t.tax_amount, t.currency)::money_amount AS tax,
				t.tax_name, t.tax_rate_ppm, t.tax_inclusive,
				ROW(t.total_amount, t.currency)::money_amount AS total,
				(SELECT json_agg(l) FROM (
					SELECT line, sku, quantity,
						ROW(price_amount, t.currency)::money_amount AS price,
						ROW(discount_amount, t.currency)::money_amount AS discount,
						ROW(tax_amount, t.currency)::money_amount AS tax,
						ROW(total_amount, t.currency)::money_amount AS total
					FROM jsonb_to_recordset(t.lines) AS l(line integer, sku text,
						quantity bigint, price_amount bigint, discount_amount bigint,
						tax_amount bigint, total_amount bigint)) l) AS lines
		) r);
END
$$;

-- Stores an order with its totals, and what the saga needs to go on with it. `b` has what the body of
-- POST /v1/orders has; cart and cart_version only when the kind is sale.
CREATE FUNCTION order_store(new_id uuid, owner text, b jsonb, t order_totals, kind text, origin uuid,
	actor text)
RETURNS orders
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
BEGIN
	INSERT INTO orders (id, kind, origin, owner, email, name, locale, cart_id, cart_version, currency,
		subtotal, discount_amount, shipping_method, shipping_amount, shipping_discount, shipping_tax,
		tax_country, tax_region, tax_name, tax_rate_ppm, tax_inclusive, tax_amount, total_amount,
		shipping_address, billing_address, step, due_at, deadline, payment_id, payment_token, units)
	SELECT new_id, order_store.kind, order_store.origin, order_store.owner, b->>'email', b->>'name',
		b->>'locale', (b->>'cart')::uuid, (b->>'cart_version')::bigint, t.currency, t.subtotal,
		t.discount_amount, b->>'shipping_method', t.shipping_amount, t.shipping_discount,
		t.shipping_tax, b->'shipping_address'->>'country', b->'shipping_address'->>'region',
		t.tax_name, t.tax_rate_ppm, t.tax_inclusive, t.tax_amount, t.total_amount,
		b->'shipping_address', nullif(b->'billing_address', 'null'), 'check', now(),
		now() + interval '15 minutes', gen_random_uuid(), b->>'payment_token',
		(SELECT sum((e->>'quantity')::bigint) FROM jsonb_array_elements(b->'lines') e)
	RETURNING * INTO o;
	INSERT INTO order_line (order_id, line, sku, quantity, price_amount, discount_amount, tax_rate_ppm,
		tax_amount, total_amount)
	SELECT new_id, line, sku, quantity, price_amount, l.discount_amount, t.tax_rate_ppm, l.tax_amount,
		l.total_amount
	FROM jsonb_to_recordset(t.lines) AS l(line integer, sku text, quantity bigint,
		price_amount bigint, discount_amount bigint, tax_amount bigint, total_amount bigint);
	INSERT INTO order_search (order_id, words)
	VALUES (o.id, order_words(o.number, o.email, o.name));
	PERFORM order_tell(o, 'placed', jsonb_build_object('total', o.total_amount, 'currency',
		o.currency, 'cart', o.cart_id, 'kind', CASE WHEN o.kind <> 'sale' THEN o.kind END), actor);
	RETURN o;
END
$$;

-- Refuses an order whose total is not the expected one: what a customer did not agree to is never
-- charged.
CREATE OR REPLACE FUNCTION order_place(new_id uuid, subject text, b jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	t order_totals := order_totals(b->'lines', b->>'shipping_method',
		b->'shipping_address'->>'country', b->'shipping_address'->>'region');
BEGIN
	PERFORM order_expect(t, b->'total');
	RETURN order_body(order_store(new_id, subject, b, t, 'sale', NULL, subject), false);
END
$$;

CREATE FUNCTION order_expect(t order_totals, expected jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF t.total_amount <> (expected->>'amount')::bigint OR t.currency <> expected->>'currency' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_total_differs',
			MESSAGE = format('The total is %s minor units of %s (subtotal %s, discount %s, shipping %s, tax %s), not %s of %s.',
				t.total_amount, t.currency, t.subtotal, t.discount_amount, t.shipping_amount,
				t.tax_amount, expected->>'amount', expected->>'currency'),
			HINT = 'Show the totals of POST /v1/order-previews again and order with them.';
	END IF;
END
$$;
