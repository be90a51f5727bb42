-- Invoices and credit notes. A document is written once and never changes: the run-time role may only
-- add rows. Numbers have no gaps: they come from a row that is locked until the document is committed
-- with its number, so that a transaction that fails takes its numbers back.

CREATE TABLE invoice_counter (
	kind text NOT NULL,
	year integer NOT NULL,
	last bigint NOT NULL,
	CONSTRAINT invoice_counter_pkey PRIMARY KEY (kind, year)
);

CREATE TABLE invoice (
	number text COLLATE "C" CONSTRAINT invoice_pkey PRIMARY KEY,
	kind text NOT NULL CONSTRAINT invoice_kind_unknown CHECK (kind IN ('invoice', 'credit_note')),
	year integer NOT NULL,
	seq bigint NOT NULL,
	order_id uuid NOT NULL, -- a reference would lock the order
	shipment_id uuid CONSTRAINT invoice_shipment_taken UNIQUE,
	refund_id uuid CONSTRAINT invoice_refund_taken UNIQUE,
	currency text NOT NULL,
	total_amount bigint NOT NULL,
	issued_at timestamptz(3) NOT NULL,
	document jsonb NOT NULL, -- all that is needed to print it, the words included
	text text NOT NULL, -- printed already
	hash text NOT NULL, -- SHA-256 of the document as PostgreSQL writes it
	CONSTRAINT invoice_number_taken UNIQUE (kind, year, seq),
	CONSTRAINT invoice_cause CHECK (CASE kind WHEN 'invoice' THEN shipment_id IS NOT NULL
		AND refund_id IS NULL ELSE refund_id IS NOT NULL AND shipment_id IS NULL END)
);
CREATE INDEX invoice_order ON invoice (order_id);
CREATE INDEX invoice_issued ON invoice (issued_at, number);

-- Of a shipment that has none yet: when it is tried (again), how often it was, and why it failed.
ALTER TABLE shipment
	ADD COLUMN invoice text,
	ADD COLUMN invoice_due timestamptz, -- NULL: at once
	ADD COLUMN invoice_attempt integer NOT NULL DEFAULT 0,
	ADD COLUMN invoice_error text;
CREATE INDEX shipment_without_invoice ON shipment (seq) WHERE status = 'shipped' AND invoice IS NULL;

-- What was paid back before there were credit notes has none.
ALTER TABLE orders ADD COLUMN refunded_before bigint NOT NULL DEFAULT 0;
UPDATE orders SET refunded_before = refunded_amount WHERE refunded_amount > 0;

-- The time of documents, in one place. Their year is that of UTC.
CREATE FUNCTION invoice_now() RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$;

CREATE FUNCTION invoice_year(at timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$ SELECT extract(year FROM at AT TIME ZONE 'UTC')::integer $$;

CREATE FUNCTION invoice_hash(document jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
	SELECT encode(sha256(convert_to(document::text, 'UTF8')), 'hex')
$$;

-- Whether lines, shipping and tax of a document come to its total.
CREATE FUNCTION invoice_adds_up(d jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	t jsonb := d->'totals';
	goods bigint := coalesce((SELECT sum((e->>'total')::bigint)
		FROM jsonb_array_elements(d->'lines') e), 0);
	tax bigint := coalesce((SELECT sum((e->>'tax')::bigint)
		FROM jsonb_array_elements(d->'lines') e), 0);
BEGIN
	IF (t->>'net')::bigint + (t->>'tax')::bigint <> (t->>'total')::bigint
		OR (SELECT sum((e->>'tax')::bigint) FROM jsonb_array_elements(d->'taxes') e)
			<> (t->>'tax')::bigint THEN
		RETURN false;
	END IF;
	RETURN d->>'kind' = 'credit_note'
		OR (goods + coalesce((d->'shipping'->>'total')::bigint, 0) = (t->>'total')::bigint
			AND tax + coalesce((d->'shipping'->>'tax')::bigint, 0) = (t->>'tax')::bigint
			AND (t->>'goods')::bigint - (t->>'discount')::bigint + (t->>'shipping')::bigint
				+ CASE WHEN (d->>'tax_inclusive')::boolean THEN 0 ELSE (t->>'tax')::bigint END
				= (t->>'total')::bigint);
END
$$;

ALTER TABLE invoice
	ADD CONSTRAINT invoice_sums CHECK (invoice_adds_up(document)
		AND total_amount = (document->'totals'->>'total')::bigint);

-- Locks the row that numbers come from. Who needs both kinds locks invoices first.
CREATE FUNCTION invoice_lock(of_kind text) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz;
	in_year integer;
	given bigint;
BEGIN
	LOOP
		in_year := invoice_year(invoice_now());
		INSERT INTO invoice_counter (kind, year, last) VALUES (of_kind, in_year, 0)
		ON CONFLICT DO NOTHING;
		SELECT last INTO given FROM invoice_counter WHERE kind = of_kind AND year = in_year FOR UPDATE;
		at := invoice_now(); -- after the wait, so that times are in the order of numbers
		EXIT WHEN invoice_year(at) = in_year;
	END LOOP;
	-- Even where the clock was put back.
	RETURN greatest(at, (SELECT issued_at FROM invoice
		WHERE kind = of_kind AND year = in_year AND seq = given));
END
$$;

-- A text of somebody else in one line of ours.
CREATE FUNCTION one_line(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT regexp_replace(value, '[[:cntrl:]]+', ' ', 'g') $$;

-- An address as it stands on a letter: an array of lines.
CREATE FUNCTION address_lines(a jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT jsonb_agg(line) FROM (
		SELECT one_line(v) AS line FROM unnest(ARRAY[a->>'name', a->>'company', a->>'line1',
			a->>'line2', concat_ws(' ', a->>'postal_code', a->>'city'), a->>'region', a->>'country']) v
		WHERE v <> '') lines
$$;

CREATE FUNCTION invoice_seller(s shop) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('name', coalesce(s.legal_name, s.name), 'address',
		CASE WHEN s.address IS NOT NULL THEN to_jsonb(string_to_array(s.address, E'\n')) END,
		'tax_id', s.tax_id, 'url', s.url, 'email', coalesce(s.reply_to, s.sender))
$$;

-- What both kinds of document say of an order and of who sells and buys.
CREATE FUNCTION invoice_head(o orders, s shop, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	words jsonb := invoice_words(coalesce(o.locale, s.locale));
BEGIN
	RETURN jsonb_build_object('issued_at', to_json(at), 'date', invoice_date(at, words),
		'currency', o.currency, 'decimals', currency_decimals(o.currency),
		'words', words, 'seller', invoice_seller(s), 'note', s.invoice_note,
		'buyer', jsonb_build_object('name', one_line(o.name), 'email', o.email,
			'address', address_lines(coalesce(o.billing_address, o.shipping_address))),
		'ship_to', CASE WHEN o.billing_address <> o.shipping_address
			THEN address_lines(o.shipping_address) END,
		'order', jsonb_build_object('id', o.id, 'number', o.number, 'kind', o.kind,
			'date', invoice_date(o.created_at, words)),
		'payment', jsonb_build_object('id', o.payment_id),
		'tax_inclusive', o.tax_inclusive);
END
$$;

CREATE FUNCTION invoice_taxes(o orders, net bigint, tax bigint) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_array(jsonb_build_object('name', one_line(o.tax_name), 'rate_ppm', o.tax_rate_ppm,
		'net', net, 'tax', tax))
$$;

-- Gives the document its number and stores it. The caller has locked the counter at this time.
CREATE FUNCTION invoice_store(of_kind text, at timestamptz, o orders, for_shipment uuid, for_refund uuid,
	content jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	s shop;
	n bigint;
	d jsonb;
	new_number text;
BEGIN
	SELECT * INTO s FROM shop;
	UPDATE invoice_counter SET last = last + 1 WHERE kind = of_kind AND year = invoice_year(at)
	RETURNING last INTO n;
	new_number := concat_ws('-', CASE of_kind WHEN 'invoice' THEN s.invoice_prefix
		ELSE s.credit_note_prefix END, invoice_year(at),
		CASE WHEN n < 1000000 THEN lpad(n::text, 6, '0') ELSE n::text END);
	d := jsonb_strip_nulls(jsonb_build_object('kind', of_kind, 'number', new_number)
		|| invoice_head(o, s, at) || content);
	INSERT INTO invoice (number, kind, year, seq, order_id, shipment_id, refund_id, currency,
		total_amount, issued_at, document, text, hash)
	VALUES (new_number, of_kind, invoice_year(at), n, o.id, for_shipment, for_refund, o.currency,
		(d->'totals'->>'total')::bigint, at, d, invoice_text(d), invoice_hash(d));
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'orders.invoice.issued', new_number, 1, to_json(e)
	FROM (SELECT new_number AS invoice, of_kind AS kind, o.id AS "order", o.number,
		ROW((d->'totals'->>'total')::bigint, o.currency)::money_amount AS amount, 1 AS version) e;
	RETURN new_number;
END
$$;

-- The lines of a shipment. Each part of a line has what the pieces so far have of its tax, less what earlier
-- invoices have, so that the last one makes it whole; the discount is what is missing then.
CREATE FUNCTION invoice_lines(o orders, of_shipment uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	lines jsonb := '[]';
	l record;
	tax bigint;
	gross bigint;
	discount bigint;
BEGIN
	FOR l IN
		SELECT k.*, x.quantity AS now, x.amount, coalesce(b.quantity, 0) AS before,
			coalesce(b.tax, 0) AS tax_before
		FROM shipment_line x
		JOIN order_line k ON k.order_id = o.id AND k.line = x.line
		LEFT JOIN (SELECT (e->>'line')::integer AS line, sum((e->>'quantity')::bigint) AS quantity,
				sum((e->>'tax')::bigint) AS tax
			FROM invoice i, jsonb_array_elements(i.document->'lines') e
			WHERE i.order_id = o.id AND i.kind = 'invoice' GROUP BY 1) b ON b.line = x.line
		WHERE x.shipment_id = of_shipment ORDER BY x.line
	LOOP
		gross := l.now * l.price_amount;
		tax := greatest(0, least(l.amount, round_half_even(
			l.tax_amount::numeric * (l.before + l.now), l.quantity) - l.tax_before));
		IF NOT o.tax_inclusive AND (l.discount_amount = 0 OR gross < l.amount - tax) THEN
			tax := l.amount - gross;
		END IF;
		discount := gross - l.amount + CASE WHEN o.tax_inclusive THEN 0 ELSE tax END;
		lines := lines || jsonb_build_object('line', l.line, 'sku', l.sku,
			'name', coalesce(one_line(l.name), l.sku), 'quantity', l.now, 'price', l.price_amount,
			'discount', discount, 'tax', tax, 'net', l.amount - tax, 'total', l.amount);
	END LOOP;
	RETURN lines;
END
$$;

CREATE FUNCTION invoice_write(s shipment, at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	lines jsonb;
	shipping bigint;
	tax bigint;
	words jsonb;
BEGIN
	SELECT * INTO o FROM orders WHERE id = s.order_id;
	lines := invoice_lines(o, s.id);
	words := invoice_words(coalesce(o.locale, (SELECT locale FROM shop)));
	shipping := CASE WHEN s.shipping_amount > 0 THEN o.shipping_amount ELSE 0 END;
	tax := (SELECT sum((e->>'tax')::bigint) FROM jsonb_array_elements(lines) e)
		+ CASE WHEN shipping > 0 THEN o.shipping_tax ELSE 0 END;
	RETURN invoice_store('invoice', at, o, s.id, NULL, jsonb_build_object('lines', lines,
		'shipment', jsonb_build_object('id', s.id, 'date', invoice_date(s.shipped_at, words),
			'carrier', one_line(s.carrier), 'tracking', one_line(s.tracking)),
		'shipping', CASE WHEN shipping > 0 THEN jsonb_build_object('method', o.shipping_method,
			'amount', shipping, 'tax', o.shipping_tax, 'total', s.shipping_amount) END,
		'taxes', invoice_taxes(o, s.amount - tax, tax),
		'totals', jsonb_build_object(
			'goods', (SELECT sum((e->>'quantity')::bigint * (e->>'price')::bigint)
				FROM jsonb_array_elements(lines) e),
			'discount', (SELECT sum((e->>'discount')::bigint) FROM jsonb_array_elements(lines) e),
			'shipping', shipping, 'net', s.amount - tax, 'tax', tax, 'total', s.amount)));
END
$$;

-- Takes shipments that have no invoice yet. Losing a claim costs nothing but the lease.
CREATE FUNCTION invoice_claim(batch integer, lease_ms bigint) RETURNS TABLE (id uuid)
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM shipment x WHERE x.status = 'shipped' AND x.invoice IS NULL
		AND coalesce(x.invoice_due <= now(), true)) THEN
		RETURN;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	RETURN QUERY
	WITH due AS (
		SELECT x.id FROM shipment x WHERE x.status = 'shipped' AND x.invoice IS NULL
			AND coalesce(x.invoice_due <= now(), true)
		ORDER BY x.seq LIMIT batch FOR UPDATE SKIP LOCKED
	)
	UPDATE shipment x SET invoice_attempt = x.invoice_attempt + 1,
		invoice_due = now() + lease_ms * interval '1 millisecond'
	FROM due WHERE x.id = due.id
	RETURNING x.id;
END
$$;

-- Invoices of those shipments that have none, many in one transaction. One that fails takes its number
-- back and is tried later, the others are not held up. Answers how many were issued and what failed.
CREATE FUNCTION invoice_issue(shipments uuid[], OUT issued integer, OUT failed text)
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := invoice_lock('invoice');
	s shipment;
	new_number text;
BEGIN
	issued := 0;
	FOR s IN SELECT * FROM shipment
		WHERE id = ANY (shipments) AND status = 'shipped' AND invoice IS NULL
		ORDER BY seq FOR UPDATE
	LOOP
		BEGIN
			new_number := invoice_write(s, at);
			UPDATE shipment SET invoice = new_number, invoice_due = NULL, invoice_error = NULL
			WHERE id = s.id;
			issued := issued + 1;
		EXCEPTION WHEN OTHERS THEN
			failed := format('shipment %s: %s', s.id, SQLERRM);
			UPDATE shipment SET invoice_error = SQLERRM, invoice_due = now()
				+ least(2 ^ least(s.invoice_attempt, 20), 3600) * interval '1 second'
			WHERE id = s.id;
		END;
	END LOOP;
END
$$;

-- The tax in what is paid back: of all that was paid back so far its share of the tax of all invoices, less
-- what earlier credit notes have. Without an invoice it follows from the rate.
CREATE FUNCTION invoice_credit_tax(o orders, amount bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t record;
BEGIN
	SELECT coalesce(sum(total_amount) FILTER (WHERE kind = 'invoice'), 0) AS invoiced,
		coalesce(sum((document->'totals'->>'tax')::bigint) FILTER (WHERE kind = 'invoice'), 0) AS tax,
		coalesce(sum(total_amount) FILTER (WHERE kind = 'credit_note'), 0) AS credited,
		coalesce(sum((document->'totals'->>'tax')::bigint) FILTER (WHERE kind = 'credit_note'), 0)
			AS credited_tax
	INTO t FROM invoice WHERE order_id = o.id;
	IF t.invoiced = 0 THEN
		RETURN tax_of(amount, o.tax_rate_ppm, true);
	END IF;
	RETURN greatest(0, least(amount, round_half_even(
		t.tax::numeric * least(t.credited + amount, t.invoiced), t.invoiced) - t.credited_tax));
END
$$;

-- What came back, where the refund says it: pieces without prices, the amount is that of the refund.
CREATE FUNCTION invoice_credit_lines(wanted_order uuid, lines jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('line', l.line, 'sku', l.sku,
		'name', coalesce(one_line(l.name), l.sku), 'quantity', (e->>'quantity')::bigint)
		ORDER BY l.line), '[]')
	FROM jsonb_array_elements(CASE jsonb_typeof(lines) WHEN 'array' THEN lines ELSE '[]' END) e
	JOIN order_line l ON l.order_id = wanted_order
		AND (l.line::text = e->>'line' OR (NOT e ? 'line' AND l.sku = e->>'sku'))
	WHERE e->>'quantity' ~ '^[0-9]{1,7}$'
$$;

-- A credit note of a refund, once. What was shipped before is invoiced before.
CREATE FUNCTION invoice_credit(event jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	at timestamptz;
	open uuid[];
	amount bigint := (event->'amount'->>'amount')::bigint;
	tax bigint;
BEGIN
	SELECT * INTO o FROM orders WHERE id = as_uuid(event->>'order');
	IF NOT FOUND OR amount <= 0 THEN
		RETURN;
	END IF;
	open := ARRAY(SELECT id FROM shipment
		WHERE order_id = o.id AND status = 'shipped' AND invoice IS NULL);
	IF open <> '{}' THEN
		PERFORM invoice_issue(open);
	END IF;
	at := invoice_lock('credit_note');
	IF EXISTS (SELECT FROM invoice WHERE refund_id = as_uuid(event->>'refund')) THEN
		RETURN;
	END IF;
	tax := invoice_credit_tax(o, amount);
	PERFORM invoice_store('credit_note', at, o, NULL, as_uuid(event->>'refund'), jsonb_build_object(
		'lines', invoice_credit_lines(o.id, event->'lines'),
		'corrects', (SELECT coalesce(jsonb_agg(number ORDER BY seq), '[]') FROM invoice
			WHERE order_id = o.id AND kind = 'invoice'),
		'refund', jsonb_build_object('id', event->>'refund', 'return', event->>'return',
			'reason', one_line(event->>'reason')),
		'taxes', invoice_taxes(o, amount - tax, tax),
		'totals', jsonb_build_object('net', amount - tax, 'tax', tax, 'total', amount)));
END
$$;

CREATE FUNCTION invoice_body(i invoice) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
		SELECT i.number, i.kind, i.year, i.order_id AS "order", o.number AS order_number,
			i.shipment_id AS shipment, i.refund_id AS refund,
			ROW(i.total_amount, i.currency)::money_amount AS total,
			ROW((i.document->'totals'->>'tax')::bigint, i.currency)::money_amount AS tax,
			i.document->'corrects' AS corrects, i.issued_at, i.hash
		FROM orders o WHERE o.id = i.order_id) r);
END
$$;

-- The invoices and credit notes of an order, for order_body().
CREATE OR REPLACE FUNCTION order_invoices(wanted_order uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(r ORDER BY r.issued_at, r.number), '[]') FROM (
		SELECT number, kind, ROW(total_amount, currency)::money_amount AS total, issued_at
		FROM invoice WHERE order_id = wanted_order) r);
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT ON invoice TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON invoice_counter TO %I', current_database());
END
$$;
