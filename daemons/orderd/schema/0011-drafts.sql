-- Draft orders: staff write down what somebody wants, at prices they choose, and place it as an order.
-- A draft becomes one order, ever; it stays as the origin of that order.

CREATE SEQUENCE draft_number START 1001;

CREATE TABLE order_draft (
	id uuid PRIMARY KEY,
	number text COLLATE "C" NOT NULL DEFAULT 'D' || nextval('draft_number')
		CONSTRAINT draft_number_taken UNIQUE,
	status text NOT NULL DEFAULT 'open'
		CONSTRAINT draft_status_unknown CHECK (status IN ('open', 'placed')),
	owner text COLLATE "C" NOT NULL, -- whose order it becomes: a user, or a guest made for it
	email text NOT NULL,
	body jsonb NOT NULL, -- as staff wrote it; without the means of payment
	lines jsonb NOT NULL, -- the same with every price, and `from`: catalogue or staff
	payment_token text, -- never shown
	order_id uuid,
	created_by text NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT draft_placed_order CHECK ((status = 'placed') = (order_id IS NOT NULL))
);
CREATE INDEX draft_status ON order_draft (status, id);

-- Whatever happens, the second order of a draft is not stored.
CREATE UNIQUE INDEX draft_order_taken ON orders (origin) WHERE kind = 'draft';

CREATE FUNCTION draft_find(wanted text) RETURNS uuid
LANGUAGE sql STABLE AS $$
	SELECT id FROM order_draft
	WHERE CASE WHEN as_uuid(wanted) IS NULL THEN number = upper(wanted) ELSE id = as_uuid(wanted) END
$$;

-- The token that a body means: its own, or that of a payment by hand.
CREATE FUNCTION draft_token(b jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(b->>'payment_token', 'manual_' || (b->>'payment_method'))
$$;

-- How it is to be paid, for people.
CREATE FUNCTION draft_payment(token text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN starts_with(token, 'manual_') THEN substr(token, 8)
		WHEN token IS NOT NULL THEN 'token' END
$$;

-- Every line with its price: the one that is written, else the catalogue's of this moment.
CREATE FUNCTION draft_priced(wanted jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	unknown text;
BEGIN
	SELECT e->>'sku' INTO unknown FROM jsonb_array_elements(wanted) e
	WHERE NOT EXISTS (SELECT FROM return_quote q
		WHERE q.sku = e->>'sku' AND q.price_amount IS NOT NULL) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'draft_product_unknown',
			MESSAGE = format('There is no product with the SKU "%s".', unknown);
	END IF;
	RETURN (SELECT jsonb_agg(jsonb_build_object('sku', e->>'sku', 'quantity', e->'quantity',
			'discount', coalesce((e->'discount'->>'amount')::bigint, 0),
			'discount_currency', e->'discount'->>'currency',
			'from', CASE WHEN e ? 'price' THEN 'staff' ELSE 'catalogue' END,
			'price', coalesce(e->'price', jsonb_build_object('amount', q.price_amount,
				'currency', q.currency))) ORDER BY ordinality)
		FROM jsonb_array_elements(wanted) WITH ORDINALITY AS l(e, ordinality)
		JOIN return_quote q ON q.sku = e->>'sku');
END
$$;

-- What no order could be made of.
CREATE FUNCTION draft_check(lines jsonb, b jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	spent text := lines->0->'price'->>'currency';
	wrong text;
BEGIN
	SELECT e->>'sku' INTO wrong FROM jsonb_array_elements(lines) e
	GROUP BY 1 HAVING count(*) > 1 LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'draft_line_repeated',
			MESSAGE = format('There are two lines of "%s".', wrong),
			HINT = 'Add up their quantities.';
	END IF;
	IF EXISTS (SELECT FROM jsonb_array_elements(lines) e WHERE e->'price'->>'currency' <> spent
			OR e->>'discount_currency' <> spent) OR b->'shipping'->>'currency' <> spent THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'order_currency_mixed',
			MESSAGE = 'Prices, discounts and shipping are in more than one currency.',
			HINT = 'A draft is in one currency: write the prices of the others.';
	END IF;
	SELECT e->>'sku' INTO wrong FROM jsonb_array_elements(lines) e
	WHERE (e->>'discount')::bigint > (e->>'quantity')::bigint * (e->'price'->>'amount')::bigint LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'draft_discount_too_large',
			MESSAGE = format('The discount of "%s" is more than the line costs.', wrong);
	END IF;
END
$$;

-- As the totals of any order, but shipping may have a price of its own.
CREATE FUNCTION draft_totals(lines jsonb, b jsonb) RETURNS order_totals
LANGUAGE plpgsql STABLE AS $$
DECLARE
	country text := b->'shipping_address'->>'country';
	rate tax_rate := tax_rate_of(country, b->'shipping_address'->>'region');
	t order_totals;
BEGIN
	IF coalesce(b->'shipping', 'null') = 'null' THEN
		t := order_totals(lines, b->>'shipping_method', country, b->'shipping_address'->>'region');
		t := totals_from(lines, t.shipping_amount, t.tax_rate_ppm, t.tax_inclusive);
	ELSE
		t := totals_from(lines, (b->'shipping'->>'amount')::bigint, coalesce(rate.rate_ppm, 0),
			coalesce(rate.inclusive, false));
	END IF;
	t.tax_name := rate.name;
	RETURN t;
END
$$;

-- The totals, or why there are none: a shipping method may be gone by now.
CREATE FUNCTION draft_totals_body(lines jsonb, b jsonb) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN totals_body(draft_totals(lines, b));
EXCEPTION WHEN SQLSTATE 'EC422' THEN
	RETURN json_build_object('problem', SQLERRM);
END
$$;

CREATE FUNCTION draft_body(d order_draft) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t json := draft_totals_body(d.lines, d.body);
BEGIN
	RETURN (SELECT to_json(r) FROM (
			SELECT d.id, d.number, d.status, d.order_id AS "order",
				(SELECT o.number FROM orders o WHERE o.id = d.order_id) AS order_number,
				d.owner, d.email, d.body->>'name' AS name, d.body->>'locale' AS locale,
				draft_payment(d.payment_token) AS payment_method,
				(SELECT json_agg(json_build_object('line', l.ordinality, 'sku', l.e->'sku',
					'quantity', l.e->'quantity', 'price', l.e->'price', 'from', l.e->'from',
					'discount', ROW((l.e->>'discount')::bigint, l.e->'price'->>'currency')::money_amount)
					ORDER BY l.ordinality)
					FROM jsonb_array_elements(d.lines) WITH ORDINALITY AS l(e, ordinality)) AS lines,
				t->'subtotal' AS subtotal, t->'discount' AS discount,
				d.body->>'shipping_method' AS shipping_method, t->'shipping' AS shipping,
				t->'tax' AS tax, t->'tax_name' AS tax_name, t->'total' AS total,
				t->'problem' AS problem,
				d.body->'shipping_address' AS shipping_address,
				nullif(d.body->'billing_address', 'null') AS billing_address,
				d.body->>'note' AS note, d.created_by, d.version, d.created_at, d.updated_at
		) r);
END
$$;

CREATE FUNCTION draft_create(new_id uuid, b jsonb, actor text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	d order_draft;
	priced jsonb := draft_priced(b->'lines');
BEGIN
	PERFORM draft_check(priced, b);
	PERFORM draft_totals(priced, b);
	INSERT INTO order_draft (id, owner, email, body, lines, payment_token, created_by)
	VALUES (new_id, coalesce(b->>'owner', 'guest:' || gen_random_uuid()), b->>'email',
		b - '{payment_token,payment_method,lines}'::text[], priced, draft_token(b), actor)
	RETURNING * INTO d;
	RETURN draft_body(d);
END
$$;

CREATE FUNCTION draft_expect_open(d order_draft) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF d.status <> 'open' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'draft_placed',
			MESSAGE = format('Draft %s is order %s.', d.number,
				(SELECT number FROM orders WHERE id = d.order_id)),
			HINT = 'An order is changed by cancelling and by adding another one.';
	END IF;
END
$$;

-- A merge patch (RFC 7396) of the members; lines as a whole. NULL: the version is another one.
CREATE FUNCTION draft_update(wanted uuid, expected bigint, b jsonb) RETURNS order_draft
LANGUAGE plpgsql AS $$
DECLARE
	d order_draft;
BEGIN
	SELECT * INTO d FROM order_draft WHERE id = wanted FOR UPDATE;
	IF d.version <> expected THEN
		RETURN NULL;
	END IF;
	PERFORM draft_expect_open(d);
	IF b ? 'lines' THEN
		d.lines := draft_priced(b->'lines');
	END IF;
	IF b ? 'payment_token' OR b ? 'payment_method' THEN
		d.payment_token := draft_token(b);
	END IF;
	d.body := jsonb_strip_nulls(d.body || (b - '{payment_token,payment_method,lines}'::text[]));
	PERFORM draft_check(d.lines, d.body);
	PERFORM draft_totals(d.lines, d.body);
	UPDATE order_draft SET lines = d.lines, payment_token = d.payment_token, body = d.body,
		email = d.body->>'email', owner = coalesce(b->>'owner', d.owner), version = d.version + 1,
		updated_at = now()
	WHERE id = d.id RETURNING * INTO d;
	RETURN d;
END
$$;

-- False: the version is another one.
CREATE FUNCTION draft_delete(wanted uuid, expected bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	d order_draft;
BEGIN
	SELECT * INTO d FROM order_draft WHERE id = wanted FOR UPDATE;
	IF d.version <> expected THEN
		RETURN false;
	END IF;
	PERFORM draft_expect_open(d);
	DELETE FROM order_draft WHERE id = d.id;
	RETURN true;
END
$$;

-- The draft's row is locked, so that one of many who place it does.
CREATE FUNCTION draft_place(new_id uuid, wanted uuid, b jsonb, actor text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	d order_draft;
	t order_totals;
	o orders;
	token text;
BEGIN
	SELECT * INTO d FROM order_draft WHERE id = wanted FOR UPDATE;
	PERFORM draft_expect_open(d);
	token := coalesce(draft_token(b), d.payment_token);
	t := draft_totals(d.lines, d.body);
	PERFORM order_expect(t, b->'total');
	IF token IS NULL AND t.total_amount > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'draft_payment_missing',
			MESSAGE = format('Draft %s does not say how it is paid.', d.number),
			HINT = 'Give `payment_method` or `payment_token`.';
	END IF;
	o := order_store(new_id, d.owner, d.body || jsonb_build_object('lines', d.lines,
		'payment_token', token, 'shipping_method', coalesce(d.body->>'shipping_method', 'custom')),
		t, 'draft', d.id, actor);
	UPDATE order_draft SET status = 'placed', order_id = o.id, version = version + 1, updated_at = now()
	WHERE id = d.id;
	IF d.body->>'note' IS NOT NULL THEN
		INSERT INTO order_note (id, order_id, text, public, author)
		VALUES (gen_random_uuid(), o.id, d.body->>'note', false, actor);
	END IF;
	RETURN order_body(o, true);
END
$$;

-- As before, but who has days to pay is not asked about every few seconds: the event tells.
CREATE OR REPLACE FUNCTION order_settle_outcomes(results jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM orders WHERE id IN (SELECT r.id FROM jsonb_to_recordset(results) AS r(id uuid))
	ORDER BY id FOR UPDATE;
	PERFORM order_take_payment(r.payment)
	FROM (SELECT payment FROM jsonb_to_recordset(results) AS r(id uuid, payment jsonb)
		WHERE payment IS NOT NULL ORDER BY id) r;
	UPDATE orders o SET due_at = now() + least(0.5 * 2 ^ least(o.attempt, 10),
			CASE WHEN o.deadline > now() + interval '1 hour' THEN 120 ELSE 5 END) * interval '1 second',
		last_error = r.why
	FROM jsonb_to_recordset(results) AS r(id uuid, attempt integer, why text)
	WHERE o.id = r.id AND o.attempt = r.attempt AND o.step = 'authorizing';
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON order_draft TO %I', current_database());
	EXECUTE format('GRANT USAGE ON SEQUENCE draft_number TO %I', current_database());
END
$$;
