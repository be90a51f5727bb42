-- What an order costs: lines, shipping, tax. Everything in minor units; what has to be rounded is
-- rounded per line, half to even, and can be computed again from what the order keeps.

CREATE TABLE shipping_method (
	code text COLLATE "C" CONSTRAINT shipping_method_taken PRIMARY KEY
		CONSTRAINT shipping_method_code CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
	name text NOT NULL,
	price_amount bigint NOT NULL CONSTRAINT shipping_method_price CHECK (price_amount >= 0),
	currency text NOT NULL,
	countries text[] NOT NULL DEFAULT '{}', -- empty: everywhere
	free_above bigint CONSTRAINT shipping_method_free_above CHECK (free_above >= 0),
	active boolean NOT NULL DEFAULT true,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now()
);

-- Parts per million: 190000 is 19 %. The row with region '' is that of the whole country.
CREATE TABLE tax_rate (
	country text COLLATE "C" NOT NULL CONSTRAINT tax_rate_country CHECK (country ~ '^[A-Z]{2}$'),
	region text COLLATE "C" NOT NULL DEFAULT '',
	name text NOT NULL,
	rate_ppm integer NOT NULL CONSTRAINT tax_rate_range CHECK (rate_ppm BETWEEN 0 AND 1000000),
	inclusive boolean NOT NULL, -- prices contain the tax
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT tax_rate_taken PRIMARY KEY (country, region)
);

INSERT INTO shipping_method (code, name, price_amount, currency, free_above) VALUES
	('standard', 'Standard', 490, 'EUR', 10000),
	('express', 'Express', 1490, 'EUR', NULL);

INSERT INTO tax_rate (country, region, name, rate_ppm, inclusive) VALUES
	('AT', '', 'USt 20 %', 200000, true),
	('BE', '', 'TVA 21 %', 210000, true),
	('CH', '', 'MWST 8.1 %', 81000, true),
	('DE', '', 'MwSt 19 %', 190000, true),
	('ES', '', 'IVA 21 %', 210000, true),
	('FR', '', 'TVA 20 %', 200000, true),
	('GB', '', 'VAT 20 %', 200000, true),
	('IT', '', 'IVA 22 %', 220000, true),
	('JP', '', 'Consumption tax 10 %', 100000, true),
	('NL', '', 'BTW 21 %', 210000, true),
	('US', 'CA', 'California sales tax 7.25 %', 72500, false),
	('US', 'NY', 'New York sales tax 4 %', 40000, false),
	('US', 'TX', 'Texas sales tax 6.25 %', 62500, false),
	('US', 'WA', 'Washington sales tax 6.5 %', 65000, false);

-- numerator / denominator to a whole number, half to even; the denominator is positive. By quotient
-- and remainder, so that no digit is lost on the way.
CREATE FUNCTION round_half_even(numerator numeric, denominator numeric DEFAULT 1) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
	whole numeric;
	rest numeric;
BEGIN
	whole := div(numerator, denominator)
		- CASE WHEN numerator < 0 AND mod(numerator, denominator) <> 0 THEN 1 ELSE 0 END;
	rest := 2 * (numerator - whole * denominator);
	RETURN CASE WHEN rest > denominator OR (rest = denominator AND mod(whole, 2) <> 0)
		THEN whole + 1 ELSE whole END;
END
$$;

-- The tax in, or on, an amount.
CREATE FUNCTION tax_of(amount bigint, rate_ppm integer, inclusive boolean) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
	RETURN round_half_even(amount::numeric * rate_ppm,
		CASE WHEN inclusive THEN 1000000 + rate_ppm ELSE 1000000 END)::bigint;
END
$$;

CREATE TYPE order_totals AS (
	currency text,
	subtotal bigint,
	shipping_amount bigint,
	shipping_tax bigint,
	tax_name text,
	tax_rate_ppm integer,
	tax_inclusive boolean,
	tax_amount bigint,
	total_amount bigint,
	lines jsonb -- line, sku, quantity, price_amount, tax_amount, total_amount
);

-- The rate of an address: of its region, else of its country, else none.
CREATE FUNCTION tax_rate_of(wanted_country text, wanted_region text) RETURNS tax_rate
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT t FROM tax_rate t
		WHERE country = wanted_country AND region IN ('', coalesce(upper(wanted_region), ''))
		ORDER BY region DESC LIMIT 1);
END
$$;

-- From stored inputs alone: the same inputs give the same totals for ever.
CREATE FUNCTION totals_from(lines jsonb, shipping bigint, rate_ppm integer, inclusive boolean)
RETURNS order_totals
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	totals order_totals;
BEGIN
	totals.tax_rate_ppm := rate_ppm;
	totals.tax_inclusive := inclusive;
	totals.shipping_amount := shipping;
	totals.shipping_tax := tax_of(shipping, rate_ppm, inclusive);
	SELECT min(l.currency), sum(l.amount), sum(l.tax), jsonb_agg(jsonb_build_object(
			'line', l.line, 'sku', l.sku, 'quantity', l.quantity,
			'price_amount', l.price, 'tax_amount', l.tax,
			'total_amount', l.amount + CASE WHEN inclusive THEN 0 ELSE l.tax END)
			ORDER BY l.line)
	INTO totals.currency, totals.subtotal, totals.tax_amount, totals.lines
	FROM (SELECT p.*, tax_of(p.amount, rate_ppm, inclusive) AS tax
		FROM (SELECT ordinality AS line, e->>'sku' AS sku, (e->>'quantity')::bigint AS quantity,
			(e->'price'->>'amount')::bigint AS price, e->'price'->>'currency' AS currency,
			(e->>'quantity')::bigint * (e->'price'->>'amount')::bigint AS amount
			FROM jsonb_array_elements(totals_from.lines) WITH ORDINALITY AS l(e, ordinality)) p) l;
	totals.tax_amount := totals.tax_amount + totals.shipping_tax;
	totals.total_amount := totals.subtotal + shipping
		+ CASE WHEN inclusive THEN 0 ELSE totals.tax_amount END;
	RETURN totals;
END
$$;

-- Whether a method serves this order, and for how much; NULL: it does not.
CREATE FUNCTION shipping_price(m shipping_method, currency text, subtotal bigint, country text)
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE
		WHEN NOT m.active OR m.currency <> shipping_price.currency
			OR (m.countries <> '{}' AND NOT country = ANY (m.countries)) THEN NULL
		WHEN subtotal >= m.free_above THEN 0
		ELSE m.price_amount END;
END
$$;

CREATE FUNCTION lines_subtotal(lines jsonb) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT sum((e->>'quantity')::bigint * (e->'price'->>'amount')::bigint)::bigint
		FROM jsonb_array_elements(lines) e);
END
$$;

-- The totals of an order that is about to be placed, with the prices and rates of this moment.
CREATE FUNCTION order_totals(lines jsonb, method text, country text, region text)
RETURNS order_totals
LANGUAGE plpgsql STABLE AS $$
DECLARE
	totals order_totals;
	rate tax_rate := tax_rate_of(country, region);
	spent text := lines->0->'price'->>'currency';
	shipping bigint;
BEGIN
	IF EXISTS (SELECT FROM jsonb_array_elements(lines) e WHERE e->'price'->>'currency' <> spent) THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'order_currency_mixed',
			MESSAGE = 'The lines have prices in more than one currency.',
			HINT = 'Order what is in one currency.';
	END IF;
	shipping := (SELECT shipping_price(m, spent, lines_subtotal(lines), country)
		FROM shipping_method m WHERE code = method);
	IF shipping IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'shipping_method_unavailable',
			MESSAGE = format('There is no shipping method "%s" for %s in %s.', method,
				country, spent),
			HINT = 'POST /v1/order-previews lists the methods of an address.';
	END IF;
	totals := totals_from(lines, shipping, coalesce(rate.rate_ppm, 0),
		coalesce(rate.inclusive, false));
	totals.tax_name := rate.name;
	RETURN totals;
END
$$;

-- How a rate is called: DE, or US-CA.
CREATE FUNCTION tax_rate_code(country text, region text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT country || CASE WHEN region = '' THEN '' ELSE '-' || region END
$$;

CREATE FUNCTION shipping_method_body(m shipping_method) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
	SELECT to_json(r) FROM (
		SELECT m.code, m.name, ROW(m.price_amount, m.currency)::money_amount AS price,
			m.countries, m.free_above, m.active, m.version, m.created_at, m.updated_at
	) r
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON shipping_method, tax_rate TO %I',
		current_database());
END
$$;
