-- The words of invoices, and how they look as plain text. A document keeps its words, so that it can be
-- printed in ten years as it was issued.

-- By the language of the locale; English where there is no other. `date` is a format of to_char().
CREATE FUNCTION invoice_words(locale text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE lower(split_part(locale, '-', 1))
	WHEN 'de' THEN '{"language": "de", "decimal": ",", "group": ".", "date": "DD.MM.YYYY",
		"invoice": "Rechnung", "credit_note": "Rechnungskorrektur", "issued": "Datum",
		"order": "Bestellung", "of": "vom", "shipped": "Lieferung", "bill_to": "Rechnungsadresse",
		"ship_to": "Lieferadresse", "item": "Artikel", "quantity": "Menge", "price": "Einzelpreis",
		"discount": "Rabatt", "amount": "Betrag", "goods": "Waren", "shipping": "Versand",
		"net": "Netto", "tax": "Steuer", "total": "Gesamtbetrag", "included": "Darin enthalten",
		"corrects": "Zu Rechnung", "refund": "Erstattung", "tax_id": "USt-IdNr.", "payment": "Zahlung",
		"prices_net": "Preise ohne Steuer", "page": "Seite", "of_pages": "von"}'
	ELSE '{"language": "en", "decimal": ".", "group": ",", "date": "FMDD FMMonth YYYY",
		"invoice": "Invoice", "credit_note": "Credit note", "issued": "Date",
		"order": "Order", "of": "of", "shipped": "Shipped", "bill_to": "Bill to",
		"ship_to": "Ship to", "item": "Item", "quantity": "Quantity", "price": "Price",
		"discount": "Discount", "amount": "Amount", "goods": "Goods", "shipping": "Shipping",
		"net": "Net", "tax": "Tax", "total": "Total", "included": "Included",
		"corrects": "For invoice", "refund": "Refund", "tax_id": "VAT ID", "payment": "Payment",
		"prices_net": "Prices without tax", "page": "Page", "of_pages": "of"}'
	END::jsonb
$$;

CREATE FUNCTION invoice_date(at timestamptz, words jsonb) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(at AT TIME ZONE 'UTC', words->>'date') $$;

-- Of ISO 4217, as lib/base/money.c has them.
CREATE FUNCTION currency_decimals(currency text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
			'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
		WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
		ELSE 2 END
$$;

-- 123456 as 1,234.56
CREATE FUNCTION invoice_money(amount bigint, d jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	decimals integer := (d->>'decimals')::integer;
	digits text := lpad(abs(amount)::text, greatest(length(abs(amount)::text), decimals + 1), '0');
	whole text := left(digits, length(digits) - decimals);
BEGIN
	RETURN CASE WHEN amount < 0 THEN '-' ELSE '' END
		|| reverse(regexp_replace(reverse(whole), '(\d{3})(?=\d)', '\1' || (d->'words'->>'group'), 'g'))
		|| CASE WHEN decimals > 0 THEN (d->'words'->>'decimal') || right(digits, decimals) ELSE '' END;
END
$$;

-- A name and an amount at both ends of a line.
CREATE FUNCTION invoice_row(name text, amount bigint, d jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT rpad(name, greatest(length(name) + 1, 72 - length(m))) || m || E'\n'
	FROM (SELECT invoice_money(amount, d) || ' ' || (d->>'currency') AS m) x
$$;

CREATE FUNCTION invoice_text_lines(d jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	w jsonb := d->'words';
	shown text := '';
	l jsonb;
BEGIN
	FOR l IN SELECT e FROM jsonb_array_elements(d->'lines') e LOOP
		shown := shown || concat(l->>'name', CASE WHEN l->>'name' <> l->>'sku'
			THEN ' (' || (l->>'sku') || ')' END, E'\n');
		IF l ? 'price' THEN
			shown := shown || invoice_row(format('  %s x %s', l->>'quantity',
				invoice_money((l->>'price')::bigint, d)),
				(l->>'quantity')::bigint * (l->>'price')::bigint, d);
		ELSE
			shown := shown || format(E'  %s: %s\n', w->>'quantity', l->>'quantity');
		END IF;
		IF (l->>'discount')::bigint <> 0 THEN
			shown := shown || invoice_row('  ' || (w->>'discount'), -(l->>'discount')::bigint, d);
		END IF;
	END LOOP;
	RETURN shown;
END
$$;

CREATE FUNCTION invoice_text_totals(d jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	w jsonb := d->'words';
	t jsonb := d->'totals';
	inclusive boolean := (d->>'tax_inclusive')::boolean OR d->>'kind' = 'credit_note';
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

-- Lines of a list under a heading; nothing when there are none.
CREATE FUNCTION invoice_text_block(heading text, lines jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT coalesce(heading || E':\n' || (SELECT string_agg('  ' || v, E'\n')
		FROM jsonb_array_elements_text(lines) v) || E'\n\n', '')
$$;

CREATE FUNCTION invoice_text(d jsonb) RETURNS text
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
