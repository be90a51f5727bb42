-- A refund that had succeeded may fail later: the bank sends it back. Its credit note is then reversed by a
-- document of its own, in a series of its own without gaps. What is reversed counts as never credited.

ALTER TABLE invoice
	ADD COLUMN reverses text COLLATE "C"
		CONSTRAINT invoice_reversed_unknown REFERENCES invoice (number)
		CONSTRAINT invoice_reversed_taken UNIQUE,
	DROP CONSTRAINT invoice_kind_unknown,
	ADD CONSTRAINT invoice_kind_unknown CHECK (kind IN ('invoice', 'credit_note', 'credit_note_reversal')),
	DROP CONSTRAINT invoice_refund_taken,
	ADD CONSTRAINT invoice_refund_taken UNIQUE (refund_id, kind),
	DROP CONSTRAINT invoice_cause,
	ADD CONSTRAINT invoice_cause CHECK ((kind = 'invoice') = (shipment_id IS NOT NULL)
		AND (kind <> 'invoice') = (refund_id IS NOT NULL)
		AND (kind = 'credit_note_reversal') = (reverses IS NOT NULL));

-- Refunds that failed, for good. Their failure may be heard of before their success is.
CREATE TABLE refund_failed (
	refund_id uuid CONSTRAINT refund_failed_pkey PRIMARY KEY,
	order_id uuid NOT NULL,
	failed_at timestamptz(3) NOT NULL DEFAULT now()
);

-- A prefix that no document has, whatever the shop has chosen for the others.
ALTER TABLE shop ADD COLUMN reversal_prefix text;
UPDATE shop SET reversal_prefix = (
	SELECT p FROM unnest('{CR,CNR,REV,CR4}'::text[]) WITH ORDINALITY x (p, place)
	WHERE p NOT IN (invoice_prefix, credit_note_prefix)
		AND NOT EXISTS (SELECT FROM invoice WHERE number LIKE p || '-%')
	ORDER BY place LIMIT 1);
ALTER TABLE shop
	ALTER COLUMN reversal_prefix SET NOT NULL,
	ALTER COLUMN reversal_prefix SET DEFAULT 'CR',
	DROP CONSTRAINT shop_prefixes_equal,
	ADD CONSTRAINT shop_prefixes_equal CHECK (invoice_prefix <> credit_note_prefix
		AND reversal_prefix NOT IN (invoice_prefix, credit_note_prefix));

-- As before, and the words of reversals.
CREATE OR REPLACE FUNCTION invoice_words(locale text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE lower(split_part(locale, '-', 1))
	WHEN 'de' THEN '{"language": "de", "decimal": ",", "group": ".", "date": "DD.MM.YYYY",
		"invoice": "Rechnung", "credit_note": "Rechnungskorrektur",
		"credit_note_reversal": "Storno einer Rechnungskorrektur", "reverses": "Storniert", "issued": "Datum",
		"order": "Bestellung", "of": "vom", "shipped": "Lieferung", "bill_to": "Rechnungsadresse",
		"ship_to": "Lieferadresse", "item": "Artikel", "quantity": "Menge", "price": "Einzelpreis",
		"discount": "Rabatt", "amount": "Betrag", "goods": "Waren", "shipping": "Versand",
		"net": "Netto", "tax": "Steuer", "total": "Gesamtbetrag", "included": "Darin enthalten",
		"corrects": "Zu Rechnung", "refund": "Erstattung", "tax_id": "USt-IdNr.", "payment": "Zahlung",
		"prices_net": "Preise ohne Steuer", "page": "Seite", "of_pages": "von"}'
	ELSE '{"language": "en", "decimal": ".", "group": ",", "date": "FMDD FMMonth YYYY",
		"invoice": "Invoice", "credit_note": "Credit note",
		"credit_note_reversal": "Credit note reversal", "reverses": "Reverses", "issued": "Date",
		"order": "Order", "of": "of", "shipped": "Shipped", "bill_to": "Bill to",
		"ship_to": "Ship to", "item": "Item", "quantity": "Quantity", "price": "Price",
		"discount": "Discount", "amount": "Amount", "goods": "Goods", "shipping": "Shipping",
		"net": "Net", "tax": "Tax", "total": "Total", "included": "Included",
		"corrects": "For invoice", "refund": "Refund", "tax_id": "VAT ID", "payment": "Payment",
		"prices_net": "Prices without tax", "page": "Page", "of_pages": "of"}'
	END::jsonb
$$;

CREATE OR REPLACE FUNCTION invoice_text_totals(d jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	w jsonb := d->'words';
	t jsonb := d->'totals';
	inclusive boolean := (d->>'tax_inclusive')::boolean OR d->>'kind' <> 'invoice';
	shown text := '';
	tax jsonb;
BEGIN
	IF t ? 'goods' THEN
		shown := invoice_row(w->>'goods', (t->>'goods')::bigint - (t->>'discount')::bigint, d);
	END IF;
	IF d ? 'shipping' THEN
		shown := shown || invoice_row(w->>'shipping', (t->>'shipping')::bigint, d);
	END IF;
	IF NOT inclusive THEN
		FOR tax IN SELECT e FROM jsonb_array_elements(d->'taxes') e LOOP
			shown := shown || invoice_row(coalesce(tax->>'name', w->>'tax'),
				(tax->>'tax')::bigint, d);
		END LOOP;
	END IF;
	shown := shown || invoice_row(w->>'total', (t->>'total')::bigint, d);
	IF inclusive THEN
		FOR tax IN SELECT e FROM jsonb_array_elements(d->'taxes') e WHERE (e->>'rate_ppm')::bigint > 0 LOOP
			shown := shown || format(E'%s: %s %s, %s %s\n', w->>'included',
				coalesce(tax->>'name', w->>'tax'), invoice_money((tax->>'tax')::bigint, d),
				lower(w->>'net'), invoice_money((tax->>'net')::bigint, d));
		END LOOP;
	END IF;
	RETURN shown;
END
$$;

CREATE OR REPLACE FUNCTION invoice_text(d jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	w jsonb := d->'words';
	rule text := repeat('-', 72) || E'\n';
BEGIN
	RETURN concat(d->'seller'->>'name', E'\n',
		(SELECT string_agg(v || E'\n', '') FROM jsonb_array_elements_text(d->'seller'->'address') v),
		(w->>'tax_id') || ' ' || (d->'seller'->>'tax_id') || E'\n',
		d->'seller'->>'email' || E'\n', E'\n',
		w->>(d->>'kind'), ' ', d->>'number', E'\n',
		w->>'issued', ': ', d->>'date', E'\n',
		format(E'%s: %s %s %s\n', w->>'order', d->'order'->>'number', w->>'of', d->'order'->>'date'),
		(w->>'shipped') || ': ' || concat_ws(', ', d->'shipment'->>'date', d->'shipment'->>'carrier',
			d->'shipment'->>'tracking') || CASE WHEN d ? 'shipment' THEN E'\n' END,
		(w->>'reverses') || ': ' || (d->>'reverses') || E'\n',
		(SELECT (w->>'corrects') || ': ' || string_agg(v, ', ') || E'\n'
			FROM jsonb_array_elements_text(d->'corrects') v),
		(w->>'refund') || ': ' || (d->'refund'->>'reason') || E'\n', E'\n',
		invoice_text_block(w->>'bill_to', d->'buyer'->'address'),
		invoice_text_block(w->>'ship_to', d->'ship_to'),
		rule, invoice_text_lines(d), CASE WHEN jsonb_array_length(d->'lines') > 0 THEN rule END,
		invoice_text_totals(d), rule,
		CASE WHEN d->>'kind' = 'invoice' AND NOT (d->>'tax_inclusive')::boolean
			THEN (w->>'prices_net') || E'\n' END,
		(w->>'payment') || ': ' || (d->'payment'->>'id') || E'\n',
		E'\n' || (d->>'note') || E'\n');
END
$$;

CREATE OR REPLACE FUNCTION invoice_adds_up(d jsonb) RETURNS boolean
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
	RETURN d->>'kind' <> 'invoice'
		OR (goods + coalesce((d->'shipping'->>'total')::bigint, 0) = (t->>'total')::bigint
			AND tax + coalesce((d->'shipping'->>'tax')::bigint, 0) = (t->>'tax')::bigint
			AND (t->>'goods')::bigint - (t->>'discount')::bigint + (t->>'shipping')::bigint
				+ CASE WHEN (d->>'tax_inclusive')::boolean THEN 0 ELSE (t->>'tax')::bigint END
				= (t->>'total')::bigint);
END
$$;

-- What a document, or its tax, takes off the invoices: a reversal puts it back.
CREATE FUNCTION invoice_credited(kind text, amount bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE kind WHEN 'credit_note' THEN amount WHEN 'credit_note_reversal' THEN -amount ELSE 0 END
$$;

-- As before, with a prefix and a column for reversals.
CREATE OR REPLACE FUNCTION invoice_store(of_kind text, at timestamptz, o orders, for_shipment uuid, for_refund uuid,
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
		WHEN 'credit_note' THEN s.credit_note_prefix ELSE s.reversal_prefix END, invoice_year(at),
		CASE WHEN n < 1000000 THEN lpad(n::text, 6, '0') ELSE n::text END);
	d := jsonb_strip_nulls(jsonb_build_object('kind', of_kind, 'number', new_number)
		|| invoice_head(o, s, at) || content);
	INSERT INTO invoice (number, kind, year, seq, order_id, shipment_id, refund_id, currency,
		total_amount, issued_at, document, text, hash, reverses)
	VALUES (new_number, of_kind, invoice_year(at), n, o.id, for_shipment, for_refund, o.currency,
		(d->'totals'->>'total')::bigint, at, d, invoice_text(d), invoice_hash(d),
		d->>'reverses');
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'orders.invoice.issued', new_number, 1, to_json(e)
	FROM (SELECT new_number AS invoice, of_kind AS kind, o.id AS "order", o.number,
		ROW((d->'totals'->>'total')::bigint, o.currency)::money_amount AS amount, 1 AS version) e;
	RETURN new_number;
END
$$;

-- As before; what was reversed is not credited.
CREATE OR REPLACE FUNCTION invoice_credit_tax(o orders, amount bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t record;
BEGIN
	SELECT coalesce(sum(total_amount) FILTER (WHERE kind = 'invoice'), 0) AS invoiced,
		coalesce(sum((document->'totals'->>'tax')::bigint) FILTER (WHERE kind = 'invoice'), 0) AS tax,
		coalesce(sum(invoice_credited(kind, total_amount)), 0) AS credited,
		coalesce(sum(invoice_credited(kind, (document->'totals'->>'tax')::bigint)), 0) AS credited_tax
	INTO t FROM invoice WHERE order_id = o.id;
	IF t.invoiced = 0 THEN
		RETURN tax_of(amount, o.tax_rate_ppm, true);
	END IF;
	RETURN greatest(0, least(amount, round_half_even(
		t.tax::numeric * least(t.credited + amount, t.invoiced), t.invoiced) - t.credited_tax));
END
$$;

-- As before, and none for a refund that has failed meanwhile.
CREATE OR REPLACE FUNCTION invoice_credit(event jsonb) RETURNS void
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
	IF EXISTS (SELECT FROM invoice WHERE refund_id = as_uuid(event->>'refund'))
		OR EXISTS (SELECT FROM refund_failed WHERE refund_id = as_uuid(event->>'refund')) THEN
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

-- Of a refund that failed: reverses its credit note, once. One that has none never gets one: the counter of
-- credit notes is locked meanwhile, so that nobody is writing it.
CREATE FUNCTION invoice_reverse(event jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	c invoice;
	at timestamptz;
	refund constant uuid := as_uuid(event->>'refund');
BEGIN
	SELECT * INTO o FROM orders WHERE id = as_uuid(event->>'order');
	IF NOT FOUND THEN
		RETURN;
	END IF;
	-- Of every year: who writes one may have begun before the turn of the year.
	PERFORM FROM invoice_counter WHERE kind = 'credit_note' ORDER BY year FOR UPDATE;
	PERFORM invoice_lock('credit_note');
	INSERT INTO refund_failed (refund_id, order_id) VALUES (refund, o.id) ON CONFLICT DO NOTHING;
	SELECT * INTO c FROM invoice WHERE refund_id = refund AND kind = 'credit_note';
	IF NOT FOUND THEN
		RETURN;
	END IF;
	at := invoice_lock('credit_note_reversal');
	IF EXISTS (SELECT FROM invoice WHERE reverses = c.number) THEN
		RETURN;
	END IF;
	PERFORM invoice_store('credit_note_reversal', at, o, NULL, refund, jsonb_build_object(
		'reverses', c.number, 'lines', c.document->'lines', 'corrects', c.document->'corrects',
		'refund', c.document->'refund', 'taxes', c.document->'taxes', 'totals', c.document->'totals'));
END
$$;

-- As before, and what a document reverses.
CREATE OR REPLACE FUNCTION invoice_body(i invoice) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
		SELECT i.number, i.kind, i.year, i.order_id AS "order", o.number AS order_number,
			i.shipment_id AS shipment, i.refund_id AS refund,
			ROW(i.total_amount, i.currency)::money_amount AS total,
			ROW((i.document->'totals'->>'tax')::bigint, i.currency)::money_amount AS tax,
			i.document->'corrects' AS corrects, i.reverses, i.issued_at, i.hash
		FROM orders o WHERE o.id = i.order_id) r);
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT ON refund_failed TO %I', current_database());
END
$$;
