-- Orders, their lines and their history. An order is never deleted, its lines never change their
-- price, and every change of it is a row of order_event with the order's version.
--
-- Functions that statements call for each order are plpgsql: it keeps their plans for the life of the
-- connection, where a function in SQL that cannot be inlined is planned at every call.

CREATE FUNCTION as_uuid(value text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
		THEN value::uuid END
$$;

CREATE TYPE money_amount AS (amount bigint, currency text);

-- Short, for people to read out; not secret: who has only a number gets nothing.
CREATE SEQUENCE order_number START 100001;

CREATE TABLE orders (
	id uuid PRIMARY KEY,
	number text COLLATE "C" NOT NULL DEFAULT nextval('order_number')::text
		CONSTRAINT order_number_taken UNIQUE,
	owner text COLLATE "C" NOT NULL, -- the subject of the token: a user, or guest:UUID
	email text NOT NULL,
	name text,
	status text NOT NULL DEFAULT 'pending' CONSTRAINT order_status_unknown CHECK
		(status IN ('pending', 'confirmed', 'completed', 'cancelled', 'rejected')),
	reason text, -- why it was rejected or cancelled: the code that a waiting client gets
	detail jsonb, -- the differences or shortages that go with the reason

	-- What was bought, as it was shown and agreed to. The inputs of the totals stay with them.
	cart_id uuid NOT NULL,
	cart_version bigint NOT NULL,
	currency text NOT NULL,
	subtotal bigint NOT NULL,
	shipping_method text NOT NULL,
	shipping_amount bigint NOT NULL,
	shipping_tax bigint NOT NULL,
	tax_country text NOT NULL,
	tax_region text,
	tax_name text,
	tax_rate_ppm integer NOT NULL,
	tax_inclusive boolean NOT NULL,
	tax_amount bigint NOT NULL,
	total_amount bigint NOT NULL CONSTRAINT order_total_negative CHECK (total_amount >= 0),
	shipping_address jsonb NOT NULL,
	billing_address jsonb,

	-- The saga: which step is due when, how often it was tried, and why the last try did not do.
	-- NULL: nothing is left to do. due_at of a step in work is the end of its lease.
	step text CONSTRAINT order_step_unknown CHECK (step IN ('check', 'authorizing', 'releasing')),
	ending text CONSTRAINT order_ending_unknown CHECK (ending IN ('rejected', 'cancelled')),
	due_at timestamptz,
	attempt integer NOT NULL DEFAULT 0,
	last_error text,
	deadline timestamptz(3) NOT NULL,

	-- What paymentd said last, and the token until the payment is decided.
	payment_id uuid NOT NULL, -- found by its order, so it needs no index
	payment_token text,
	payment_status text,
	payment_reason text,
	payment_version bigint NOT NULL DEFAULT 0,
	authorized_amount bigint NOT NULL DEFAULT 0,
	captured_amount bigint NOT NULL DEFAULT 0,
	refunded_amount bigint NOT NULL DEFAULT 0,
	refund_pending_amount bigint NOT NULL DEFAULT 0,
	next_action jsonb,

	-- Sums over the lines, so that lists need not read them.
	units bigint NOT NULL,
	units_cancelled bigint NOT NULL DEFAULT 0,
	units_shipped bigint NOT NULL DEFAULT 0,

	held_at timestamptz,
	hold_reason text,
	short boolean NOT NULL DEFAULT false,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),

	payment text NOT NULL GENERATED ALWAYS AS (CASE
		WHEN captured_amount > 0 AND refunded_amount >= captured_amount THEN 'refunded'
		WHEN refunded_amount > 0 THEN 'partly_refunded'
		WHEN captured_amount > 0 AND (captured_amount >= total_amount
			OR status = 'completed' OR payment_status = 'captured') THEN 'captured'
		WHEN captured_amount > 0 THEN 'partly_captured'
		WHEN payment_status = 'authorized' THEN 'authorized'
		WHEN payment_status IN ('declined', 'failed') THEN 'failed'
		WHEN payment_status = 'cancelled' THEN 'none'
		WHEN payment_status IS NOT NULL THEN 'pending'
		ELSE 'none' END) STORED,
	fulfilment text NOT NULL GENERATED ALWAYS AS (CASE
		WHEN units_shipped = 0 THEN 'unfulfilled'
		WHEN units_shipped + units_cancelled >= units THEN 'shipped'
		ELSE 'partly_shipped' END) STORED,

	CONSTRAINT order_units CHECK (units_cancelled >= 0 AND units_shipped >= 0
		AND units_cancelled + units_shipped <= units),
	CONSTRAINT order_step_status CHECK ((step IS NOT NULL) = (status = 'pending')),
	CONSTRAINT order_step_due CHECK ((step IS NOT NULL) = (due_at IS NOT NULL))
) WITH (fillfactor = 80);

-- One cart is bought once; what ended without a sale gives it free again.
CREATE UNIQUE INDEX order_cart_taken ON orders (cart_id)
	WHERE status NOT IN ('rejected', 'cancelled');
-- Without due_at, so that a claim changes no index.
CREATE INDEX order_step ON orders (step, id) WHERE step IS NOT NULL;
-- For the list, each in its order. Ids are UUIDv7: their order is that of time.
CREATE INDEX order_owner ON orders (owner, id);
CREATE INDEX order_status ON orders (status, id);
CREATE INDEX order_payment ON orders (payment, id);
CREATE INDEX order_fulfilment ON orders (fulfilment, id);
CREATE INDEX order_email ON orders (email, id);
CREATE INDEX order_held_ids ON orders (id) WHERE held_at IS NOT NULL;
CREATE INDEX order_short_ids ON orders (id) WHERE short;

CREATE TABLE order_line (
	order_id uuid NOT NULL REFERENCES orders,
	line integer NOT NULL,
	sku text COLLATE "C" NOT NULL,
	name text, -- known once the order was compared with the catalogue
	quantity bigint NOT NULL CONSTRAINT order_line_quantity CHECK (quantity > 0),
	cancelled bigint NOT NULL DEFAULT 0,
	shipped bigint NOT NULL DEFAULT 0,
	under_way bigint NOT NULL DEFAULT 0, -- in shipments and cancellations that are not done
	price_amount bigint NOT NULL CONSTRAINT order_line_price CHECK (price_amount >= 0),
	tax_rate_ppm integer NOT NULL,
	tax_amount bigint NOT NULL,
	total_amount bigint NOT NULL,
	CONSTRAINT order_line_pkey PRIMARY KEY (order_id, line),
	CONSTRAINT order_line_repeated UNIQUE (order_id, sku),
	CONSTRAINT order_line_open CHECK (cancelled >= 0 AND shipped >= 0 AND under_way >= 0
		AND cancelled + shipped + under_way <= quantity)
) WITH (fillfactor = 80);

CREATE INDEX order_line_sku ON order_line (sku, order_id);

CREATE TABLE order_event (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	order_id uuid NOT NULL, -- written by functions that hold the order: a reference would lock it again
	version bigint NOT NULL,
	kind text NOT NULL,
	data jsonb NOT NULL DEFAULT '{}',
	actor text NOT NULL, -- a subject, or the name of a daemon
	created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
	CONSTRAINT order_event_version UNIQUE (order_id, version)
);

CREATE TABLE order_note (
	id uuid PRIMARY KEY,
	order_id uuid NOT NULL REFERENCES orders,
	text text NOT NULL,
	public boolean NOT NULL, -- the customer sees it too
	author text NOT NULL,
	created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX order_note_order ON order_note (order_id, id);

-- What the list searches: apart from the order, which changes often.
CREATE TABLE order_search (
	order_id uuid PRIMARY KEY,
	words tsvector NOT NULL
);
CREATE INDEX order_search_words ON order_search USING gin (words);

CREATE FUNCTION order_words(number text, email text, name text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN (SELECT array_to_tsvector(ARRAY(SELECT DISTINCT left(w, 100)
			FROM regexp_split_to_table(lower(concat_ws(' ', number, email, split_part(email, '@', 1),
				name)), '[[:space:],]+') w
			WHERE w <> '')));
END
$$;

-- Every word must occur, each at least as the beginning of one. NULL without words.
CREATE FUNCTION order_question(question text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
	SELECT string_agg($q$'$q$ || replace(replace(left(w, 100), $q$\$q$, $q$\\$q$), $q$'$q$, $q$''$q$)
		|| $q$':*$q$, ' & ')::tsquery
	FROM regexp_split_to_table(lower(question), '[[:space:],]+') w WHERE w <> ''
$$;

-- The smallest id of this time.
CREATE FUNCTION order_id_at(at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
	SELECT (lpad(to_hex(greatest(0, least(floor(extract(epoch FROM at) * 1000),
		281474976710655))::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- The facts of an order for others.
CREATE VIEW order_fact AS
SELECT id AS "order", number, cart_id AS cart, owner, status, reason,
	ROW(total_amount, currency)::money_amount AS total, payment_id AS payment, version
FROM orders;

-- In version order: the caller holds the order's row, and has changed it.
CREATE FUNCTION order_publish(o orders, event text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'orders.order.' || event, f."order", f.version, to_json(f)
	FROM order_fact f WHERE f."order" = o.id;
END
$$;

-- A row of the history; the order has the version that this change made.
CREATE FUNCTION order_remember(o orders, kind text, data jsonb, actor text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO order_event (order_id, version, kind, data, actor)
	VALUES (o.id, o.version, kind, jsonb_strip_nulls(coalesce(data, '{}')), actor);
END
$$;

-- Both, for the changes that others hear of.
CREATE FUNCTION order_tell(o orders, event text, data jsonb, actor text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM order_remember(o, event, data, actor);
	PERFORM order_publish(o, event);
END
$$;

-- By number or id; of another owner it is as if it did not exist.
CREATE FUNCTION order_find(wanted text, subject text, scopes text[], scope text) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF as_uuid(wanted) IS NULL THEN
		RETURN (SELECT id FROM orders
			WHERE number = wanted AND (owner = subject OR scope = ANY (scopes)));
	END IF;
	RETURN (SELECT id FROM orders
		WHERE id = as_uuid(wanted) AND (owner = subject OR scope = ANY (scopes)));
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON orders, order_line TO %I', current_database());
	EXECUTE format('GRANT SELECT ON order_fact TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT ON order_event, order_note, order_search TO %I', current_database());
	EXECUTE format('GRANT USAGE ON SEQUENCE order_number TO %I', current_database());
END
$$;
