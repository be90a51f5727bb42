-- Returns: what customers send back. Requested, approved, received (counted), refunded; or declined, or
-- cancelled before anything was received. Every function locks the order's row first, so the pieces of a
-- line that are asked back are never more than those that were shipped.

CREATE SEQUENCE return_number START 100001;

-- Statements know the options from here.
CREATE TABLE return_setting (return_window interval NOT NULL);
INSERT INTO return_setting VALUES ('30 days');

CREATE TABLE order_return (
	id uuid PRIMARY KEY,
	number text COLLATE "C" NOT NULL DEFAULT 'R' || nextval('return_number')
		CONSTRAINT return_number_taken UNIQUE,
	order_id uuid NOT NULL REFERENCES orders,
	-- Whose payment is given back: the order's own, or that of the order that an exchange began with.
	paid_order uuid NOT NULL REFERENCES orders,
	owner text COLLATE "C" NOT NULL,
	kind text NOT NULL CONSTRAINT return_kind_unknown CHECK (kind IN ('refund', 'exchange')),
	status text NOT NULL DEFAULT 'requested' CONSTRAINT return_status_unknown CHECK (status IN
		('requested', 'approved', 'declined', 'received', 'refunded', 'cancelled')),
	reason text NOT NULL,
	note text, -- of who asked
	resolution text, -- what the shop answered
	worth bigint, -- what was paid for what came back; NULL until then
	exchange_order uuid REFERENCES orders,
	due_at timestamptz, -- of putting it back into the stock; NULL: nothing is left to do
	attempt integer NOT NULL DEFAULT 0,
	last_error text,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	received_at timestamptz(3),
	restocked_at timestamptz(3),
	CONSTRAINT return_received CHECK ((received_at IS NOT NULL) = (status IN ('received', 'refunded'))
		AND (worth IS NOT NULL) = (received_at IS NOT NULL)),
	CONSTRAINT return_due_status CHECK (due_at IS NULL OR received_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX order_return_order ON order_return (order_id, id);
CREATE INDEX order_return_paid ON order_return (paid_order);
CREATE INDEX order_return_owner ON order_return (owner, id);
CREATE INDEX order_return_status ON order_return (status, id);
CREATE INDEX order_return_due ON order_return (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE order_return_line (
	return_id uuid NOT NULL REFERENCES order_return,
	line integer NOT NULL,
	quantity bigint NOT NULL CONSTRAINT return_line_quantity CHECK (quantity > 0),
	reason text,
	-- Counted: accepted, of these good enough to be sold again, and sent back. The rest did not come.
	received bigint,
	resellable bigint,
	refused bigint,
	amount bigint, -- what was paid for those received
	CONSTRAINT order_return_line_pkey PRIMARY KEY (return_id, line),
	CONSTRAINT return_line_counted CHECK (received >= 0 AND refused >= 0
		AND received + refused <= quantity),
	CONSTRAINT return_line_resellable CHECK (resellable BETWEEN 0 AND received)
);

-- What the customer wants instead, and for how much of what was paid.
CREATE TABLE order_return_exchange (
	return_id uuid NOT NULL REFERENCES order_return,
	sku text COLLATE "C" NOT NULL,
	quantity bigint NOT NULL CONSTRAINT return_exchange_quantity CHECK (quantity > 0),
	price_amount bigint NOT NULL, -- of one, on the line of the new order
	worth bigint NOT NULL,
	CONSTRAINT order_return_exchange_pkey PRIMARY KEY (return_id, sku)
);

-- The tries to give the money back. The id is fixed before paymentd is asked, so asking again makes no
-- second refund; there is a new one only when the one before has failed.
CREATE TABLE order_return_refund (
	id uuid PRIMARY KEY,
	return_id uuid NOT NULL REFERENCES order_return,
	amount bigint NOT NULL CONSTRAINT return_refund_amount CHECK (amount > 0),
	goods bigint NOT NULL, -- how the amount came about: the pieces, their shipping, and what was kept
	shipping_amount bigint NOT NULL,
	fee bigint NOT NULL,
	reason text NOT NULL,
	status text NOT NULL DEFAULT 'asked' CONSTRAINT return_refund_status CHECK (status IN
		('asked', 'requested', 'pending', 'succeeded', 'failed', 'rejected')),
	failure text,
	actor text NOT NULL,
	scopes text[] NOT NULL, -- paymentd decides by them whether somebody has to approve it
	due_at timestamptz,
	attempt integer NOT NULL DEFAULT 0,
	last_error text,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT return_refund_due CHECK ((due_at IS NOT NULL)
		= (status IN ('asked', 'requested', 'pending')))
);
CREATE UNIQUE INDEX return_refund_once ON order_return_refund (return_id)
	WHERE status NOT IN ('failed', 'rejected');
CREATE INDEX order_return_refund_return ON order_return_refund (return_id, created_at);
CREATE INDEX order_return_refund_due ON order_return_refund (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE order_return_event (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	return_id uuid NOT NULL, -- written by functions that hold the return
	version bigint NOT NULL,
	kind text NOT NULL,
	data jsonb NOT NULL DEFAULT '{}',
	actor text NOT NULL,
	created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
	CONSTRAINT return_event_version UNIQUE (return_id, version)
);

-- What catalogd said of replacements, for a minute. Without a price: it is no product.
CREATE TABLE return_quote (
	sku text COLLATE "C" PRIMARY KEY,
	sold boolean NOT NULL,
	price_amount bigint,
	currency text,
	asked_at timestamptz NOT NULL
);

-- By number or id; of another owner it is as if it did not exist.
CREATE FUNCTION return_find(wanted text, subject text, scopes text[], scope text) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF as_uuid(wanted) IS NULL THEN
		RETURN (SELECT id FROM order_return
			WHERE number = upper(wanted) AND (owner = subject OR scope = ANY (scopes)));
	END IF;
	RETURN (SELECT id FROM order_return
		WHERE id = as_uuid(wanted) AND (owner = subject OR scope = ANY (scopes)));
END
$$;

-- The return with its order locked, as everybody locks them. At another version than the expected one
-- somebody else was faster.
CREATE FUNCTION return_lock(wanted uuid, expected bigint) RETURNS order_return
LANGUAGE plpgsql AS $$
DECLARE
	r order_return;
BEGIN
	PERFORM FROM orders WHERE id = (SELECT order_id FROM order_return WHERE id = wanted) FOR UPDATE;
	SELECT * INTO r FROM order_return WHERE id = wanted FOR UPDATE;
	IF r.version <> expected THEN
		RAISE EXCEPTION USING ERRCODE = 'EC412', CONSTRAINT = 'return_changed',
			MESSAGE = format('Return %s is at version %s.', r.number, r.version),
			HINT = 'Read it again.';
	END IF;
	RETURN r;
END
$$;

-- A row of both histories: the return has the version that this change made.
CREATE FUNCTION return_remember(r order_return, kind text, data jsonb, actor text) RETURNS orders
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
BEGIN
	UPDATE orders SET version = version + 1, updated_at = now() WHERE id = r.order_id RETURNING * INTO o;
	PERFORM order_remember(o, 'return_' || kind, jsonb_build_object('return', r.number,
		'reason', r.reason) || coalesce(data, '{}'), actor);
	INSERT INTO order_return_event (return_id, version, kind, data, actor)
	VALUES (r.id, r.version, kind, jsonb_strip_nulls(coalesce(data, '{}')), actor);
	RETURN o;
END
$$;

-- The same for the changes that others hear of.
CREATE FUNCTION return_tell(r order_return, event text, amount bigint, data jsonb, actor text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	o orders := return_remember(r, event, data || jsonb_build_object('amount', amount), actor);
BEGIN
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'orders.return.' || event, r.id, r.version, to_json(e)
	FROM (SELECT r.id AS return, r.number, o.id AS "order", o.number AS order_number, r.owner,
		r.status, r.kind, r.reason, CASE WHEN return_tell.amount IS NOT NULL
			THEN ROW(return_tell.amount, o.currency)::money_amount END AS amount, r.version) e;
END
$$;

-- The latest try, as the return shows it.
CREATE FUNCTION return_refund_body(wanted uuid, currency text, staff boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(x) FROM (
		SELECT f.id, ROW(f.amount, return_refund_body.currency)::money_amount AS amount,
			ROW(f.goods, return_refund_body.currency)::money_amount AS goods,
			ROW(f.shipping_amount, return_refund_body.currency)::money_amount AS shipping,
			ROW(f.fee, return_refund_body.currency)::money_amount AS fee, f.reason, f.status,
			CASE WHEN staff THEN f.failure END AS failure,
			CASE WHEN staff THEN f.actor END AS actor,
			CASE WHEN staff THEN f.attempt END AS attempt,
			CASE WHEN staff THEN f.last_error END AS last_error, f.created_at, f.updated_at
		FROM order_return_refund f WHERE f.return_id = wanted
		ORDER BY f.created_at DESC, f.id DESC LIMIT 1) x);
END
$$;

CREATE FUNCTION return_body(r order_return, staff boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(b) FROM (
		SELECT r.id, r.number, o.id AS "order", o.number AS order_number, r.owner, r.kind, r.status,
			r.reason, r.note, r.resolution,
			(SELECT json_agg(l ORDER BY l.line) FROM (
				SELECT x.line, k.sku, k.name, x.quantity, x.reason, x.received, x.resellable,
					x.refused, x.quantity - x.received - x.refused AS missing,
					CASE WHEN x.amount IS NOT NULL
						THEN ROW(x.amount, o.currency)::money_amount END AS amount
				FROM order_return_line x
				JOIN order_line k ON k.order_id = r.order_id AND k.line = x.line
				WHERE x.return_id = r.id) l) AS lines,
			(SELECT coalesce(json_agg(e ORDER BY e.sku), '[]') FROM (
				SELECT sku, quantity, ROW(x.worth, o.currency)::money_amount AS worth
				FROM order_return_exchange x WHERE x.return_id = r.id) e) AS exchange,
			n.number AS exchange_order, n.status AS exchange_status,
			CASE WHEN r.worth IS NOT NULL THEN ROW(r.worth, o.currency)::money_amount END AS worth,
			return_refund_body(r.id, o.currency, staff) AS refund,
			CASE WHEN staff THEN r.attempt END AS attempt,
			CASE WHEN staff THEN r.last_error END AS last_error,
			r.version, r.created_at, r.updated_at, r.received_at, r.restocked_at
		FROM orders o LEFT JOIN orders n ON n.id = r.exchange_order
		WHERE o.id = r.order_id) b);
END
$$;

CREATE FUNCTION return_show(wanted uuid, staff boolean) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT return_body(r, staff) FROM order_return r WHERE id = wanted
$$;

CREATE OR REPLACE FUNCTION order_returns(wanted_order uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(x ORDER BY x.id), '[]') FROM (
		SELECT r.id, r.number, r.kind, r.status, r.reason,
			(SELECT json_agg(l ORDER BY l.line) FROM (SELECT line, quantity, received
				FROM order_return_line WHERE return_id = r.id) l) AS lines,
			n.number AS exchange_order, r.created_at, r.received_at
		FROM order_return r LEFT JOIN orders n ON n.id = r.exchange_order
		WHERE r.order_id = wanted_order) x);
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON order_return, order_return_line,
		order_return_refund, return_quote TO %I', current_database());
	EXECUTE format('GRANT DELETE ON return_quote TO %I', current_database());
	EXECUTE format('GRANT SELECT, UPDATE ON return_setting TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT ON order_return_event, order_return_exchange TO %I',
		current_database());
	EXECUTE format('GRANT USAGE ON SEQUENCE return_number TO %I', current_database());
END
$$;
