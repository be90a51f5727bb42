-- Promotions in orders: which apply, and what an order keeps of them.

-- What was taken off an order, in this order; with what it was computed from, so that it can be
-- computed again. Written with the order, never changed.
CREATE TABLE order_discount (
	order_id uuid NOT NULL,
	place integer NOT NULL,
	promotion text COLLATE "C" NOT NULL,
	coupon text COLLATE "C",
	name text NOT NULL,
	kind text NOT NULL,
	amount bigint NOT NULL CONSTRAINT order_discount_amount CHECK (amount >= 0),
	shipping bigint NOT NULL, -- the part of the amount that is off the shipping
	weights bigint[] NOT NULL, -- of each line
	shares bigint[] NOT NULL,
	terms jsonb NOT NULL,
	CONSTRAINT order_discount_pkey PRIMARY KEY (order_id, place),
	CONSTRAINT order_discount_repeated UNIQUE (order_id, promotion)
);
CREATE INDEX order_discount_promotion ON order_discount (promotion);

ALTER TYPE order_totals
	ADD ATTRIBUTE coupons jsonb, -- each that was given: whether it applies, and why not
	ADD ATTRIBUTE applied jsonb; -- what order_discount keeps

-- --- categories -------------------------------------------------------------------------------------

CREATE FUNCTION line_skus(lines jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT array_agg(e->>'sku' ORDER BY line)
		FROM jsonb_array_elements(lines) WITH ORDINALITY AS l(e, line));
END
$$;

-- The SKUs whose categories a promotion that can apply needs and nobody knows; NULL: none.
CREATE FUNCTION promotion_needs(lines jsonb, coupons jsonb, every boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	-- First what is so in most shops, without a parameter: its plan is made once.
	IF NOT EXISTS (SELECT FROM promotion WHERE categories <> '{}') THEN
		RETURN NULL;
	END IF;
	IF NOT EXISTS (SELECT FROM promotion p WHERE active AND categories <> '{}'
			AND now() < coalesce(ends_at, 'infinity') AND now() >= coalesce(starts_at, '-infinity')
			AND (automatic OR EXISTS (SELECT FROM promotion_coupon k
				WHERE k.promotion = p.code AND k.code = ANY (coupon_codes(coupons)))))
		AND NOT (every AND EXISTS (SELECT FROM promotion WHERE categories <> '{}')) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT json_agg(sku) FROM (
			SELECT DISTINCT l.sku FROM unnest(line_skus(lines)) AS l(sku)
			WHERE NOT EXISTS (SELECT FROM product_category c WHERE c.sku = l.sku
				AND categories IS NOT NULL AND asked_at > now() - interval '1 day')) s);
END
$$;

CREATE FUNCTION coupon_codes(coupons jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN ARRAY(SELECT DISTINCT coupon_code(c)
		FROM jsonb_array_elements_text(coalesce(nullif(coupons, 'null'), '[]')) c ORDER BY 1);
END
$$;

-- By SKU, as promotion_evaluate() takes them.
CREATE FUNCTION promotion_categories(lines jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(sku, to_jsonb(categories)), '{}')
		FROM product_category WHERE sku = ANY (line_skus(lines)) AND categories IS NOT NULL);
END
$$;

-- Kept unless the row was forgotten, or is being asked for since a later time.
CREATE FUNCTION promotion_store_categories(skus jsonb, quotes jsonb, asked timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM product_category
	WHERE sku IN (SELECT jsonb_array_elements_text(skus)) ORDER BY sku FOR UPDATE;
	UPDATE product_category c SET asked_at = asked, categories = ARRAY(
			SELECT jsonb_array_elements_text(q->'categories')
			FROM jsonb_array_elements(quotes) q WHERE q->>'sku' = c.sku)
	WHERE sku IN (SELECT jsonb_array_elements_text(skus)) AND asked_at <= asked;
END
$$;

-- Products changed, or the tree of categories: what is known may be wrong. `every`: of all products.
CREATE FUNCTION promotion_forget_categories(events jsonb, every boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM product_category) THEN
		RETURN;
	END IF;
	DELETE FROM product_category WHERE sku IN (
		SELECT sku FROM product_category
		WHERE every OR sku IN (
			SELECT e->>'aggregate' FROM jsonb_array_elements(events) e
			UNION ALL
			SELECT p->>'sku' FROM jsonb_array_elements(events) e,
				jsonb_array_elements(coalesce(e->'data'->'products', '[]')) p)
		ORDER BY sku FOR UPDATE);
END
$$;

-- --- which apply ------------------------------------------------------------------------------------

-- Those that apply by themselves and those of the coupons; with `every` all there are. In the order in
-- which they apply.
CREATE FUNCTION promotion_candidates(codes text[], every boolean)
RETURNS TABLE (p promotion, k promotion_coupon)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT x, c
	FROM (SELECT code FROM promotion WHERE automatic AND active
		UNION
		SELECT code FROM promotion WHERE every
		UNION
		SELECT promotion FROM promotion_coupon WHERE code = ANY (codes)) u
	JOIN promotion x USING (code)
	LEFT JOIN LATERAL (SELECT y AS c FROM promotion_coupon y
		WHERE y.promotion = x.code AND y.code = ANY (codes)
		-- Of several coupons of one promotion the first that can be used.
		ORDER BY coalesce(y.uses >= y.max_uses, false), y.code LIMIT 1) y ON true
	ORDER BY x.priority, x.code;
END
$$;

CREATE FUNCTION promotion_refuse(p promotion, coupon text, why jsonb, spent text)
RETURNS promotion_result
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	r promotion_result;
BEGIN
	r.promotion := p.code;
	r.name := p.name;
	r.kind := p.kind;
	r.coupon := coupon;
	r.applies := false;
	r.reason := why->>'reason';
	r.detail := why - 'reason';
	r.text := promotion_says(r.reason, r.detail, spent);
	RETURN r;
END
$$;

-- Each promotion beside an order: it applies, or why it does not. They apply one after the other, each
-- to what the earlier ones left. `shipping` may be NULL: not known yet. Without `every` those of which
-- nobody asked, by a coupon, why they do not apply are left out.
CREATE FUNCTION promotion_evaluate(lines jsonb, categories jsonb, coupons jsonb, owner text, email text,
	country text, shipping bigint, at timestamptz, every boolean)
RETURNS SETOF promotion_result
LANGUAGE plpgsql STABLE AS $$
DECLARE
	codes text[] := coupon_codes(coupons);
	skus text[] := line_skus(lines);
	spent text := lines->0->'price'->>'currency';
	subtotal bigint := lines_subtotal(lines);
	quantities bigint[];
	prices bigint[];
	rests bigint[];
	before text[] := '{}'; -- that apply
	alone text; -- the one that does not combine
	c record;
	why jsonb;
	r promotion_result;
BEGIN
	SELECT array_agg(quantity ORDER BY line), array_agg(price ORDER BY line),
		array_agg(quantity * price ORDER BY line)
	INTO quantities, prices, rests
	FROM (SELECT line, (e->>'quantity')::bigint AS quantity, (e->'price'->>'amount')::bigint AS price
		FROM jsonb_array_elements(lines) WITH ORDINALITY AS l(e, line)) x;
	FOR c IN SELECT x.p, x.k FROM promotion_candidates(codes, every) x LOOP
		why := promotion_refusal(c.p, c.k, spent, subtotal, owner, email, country, at);
		IF why IS NULL AND (alone IS NOT NULL OR (c.p).exclusive AND before <> '{}') THEN
			why := jsonb_build_object('reason', 'not_combinable', 'with', coalesce(alone, before[1]));
		END IF;
		IF why IS NULL THEN
			r := promotion_compute(c.p, promotion_matches(c.p, skus, categories), skus, quantities,
				prices, rests, shipping);
			IF r.reason IS NOT NULL THEN
				why := jsonb_build_object('reason', r.reason) || coalesce(r.detail, '{}');
			END IF;
		END IF;
		codes := array_remove(codes, (c.k).code);
		IF why IS NOT NULL THEN
			IF every OR (c.k).code IS NOT NULL THEN
				RETURN NEXT promotion_refuse(c.p, (c.k).code, why, spent);
			END IF;
			CONTINUE;
		END IF;
		r.promotion := (c.p).code;
		r.name := (c.p).name;
		r.kind := (c.p).kind;
		r.coupon := (c.k).code;
		rests := ARRAY(SELECT u.rest - u.share
			FROM unnest(rests, r.shares) WITH ORDINALITY AS u(rest, share, line) ORDER BY u.line);
		shipping := shipping - coalesce(r.shipping, 0);
		before := before || r.promotion;
		alone := CASE WHEN (c.p).exclusive THEN r.promotion ELSE alone END;
		RETURN NEXT r;
	END LOOP;
	-- Coupons that led to no promotion, or to one that another coupon led to.
	FOR r IN SELECT k.promotion, NULL, NULL, code, false, CASE WHEN k.code IS NULL THEN 'coupon_unknown'
			ELSE 'coupon_repeated' END
		FROM unnest(codes) code LEFT JOIN promotion_coupon k USING (code) ORDER BY code
	LOOP
		r.text := promotion_says(r.reason, NULL, spent);
		RETURN NEXT r;
	END LOOP;
END
$$;

-- --- totals and orders ------------------------------------------------------------------------------

-- The lines with what was taken off each.
CREATE FUNCTION lines_discounted(lines jsonb, results promotion_result[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (
		SELECT jsonb_agg(e || jsonb_build_object('discount', coalesce(d.discount, 0)) ORDER BY l.line)
		FROM jsonb_array_elements(lines) WITH ORDINALITY AS l(e, line)
		LEFT JOIN (SELECT s.line, sum(s.share) AS discount
			FROM unnest(results) r, unnest(r.shares) WITH ORDINALITY AS s(share, line)
			GROUP BY s.line) d ON d.line = l.line);
END
$$;

-- As people see it.
CREATE FUNCTION discount_body(promotion text, coupon text, name text, amount bigint, shipping bigint,
	shares bigint[], currency text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN jsonb_build_object('promotion', promotion, 'coupon', coupon, 'name', name,
		'amount', ROW(amount, currency)::money_amount, 'shipping', coalesce(shipping, 0) > 0, 'lines', (
			SELECT coalesce(jsonb_agg(jsonb_build_object('line', line,
				'amount', ROW(share, currency)::money_amount) ORDER BY line), '[]')
			FROM unnest(shares) WITH ORDINALITY AS s(share, line) WHERE share > 0));
END
$$;

-- order_totals() with what promotions take off.
CREATE FUNCTION order_totals_reduced(lines jsonb, method text, country text, region text,
	coupons jsonb, owner text, email text)
RETURNS order_totals
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t order_totals := order_totals(lines, method, country, region);
	with_tax order_totals;
	results promotion_result[];
	applied promotion_result[];
BEGIN
	t.coupons := '[]';
	t.applied := '[]';
	IF coalesce(nullif(coupons, 'null'), '[]') = '[]'
			AND NOT EXISTS (SELECT FROM promotion WHERE automatic AND active) THEN
		RETURN t;
	END IF;
	results := ARRAY(SELECT r FROM promotion_evaluate(lines, promotion_categories(lines), coupons,
		owner, email, country, t.shipping_amount, now(), false) r);
	applied := ARRAY(SELECT r FROM unnest(results) r WHERE (r).applies);
	t.coupons := (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('coupon', coupon,
			'promotion', promotion, 'applies', applies, 'reason', reason, 'text', text,
			'detail', detail)) ORDER BY coupon), '[]')
		FROM unnest(results) WHERE coupon IS NOT NULL);
	IF applied = '{}' THEN
		RETURN t;
	END IF;
	with_tax := totals_from(lines_discounted(lines, applied),
		t.shipping_amount - coalesce((SELECT sum(shipping) FROM unnest(applied))::bigint, 0),
		t.tax_rate_ppm, t.tax_inclusive);
	with_tax.shipping_discount := t.shipping_amount - with_tax.shipping_amount;
	with_tax.tax_name := t.tax_name;
	with_tax.coupons := t.coupons;
	SELECT jsonb_agg(discount_body(promotion, coupon, name, amount, shipping, shares, t.currency)
		ORDER BY ordinality), jsonb_agg(to_jsonb(r) ORDER BY ordinality)
	INTO with_tax.discounts, with_tax.applied
	FROM unnest(applied) WITH ORDINALITY AS r;
	RETURN with_tax;
END
$$;

-- A coupon that does nothing is not passed over: the customer counts on it.
CREATE FUNCTION promotion_expect(t order_totals) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	refused jsonb := (SELECT c FROM jsonb_array_elements(t.coupons) c
		WHERE c->>'applies' = 'false' LIMIT 1);
BEGIN
	IF refused IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'promotion_not_applicable',
			MESSAGE = format('The coupon %s does not apply: %s. %s', refused->>'coupon',
				refused->>'reason', refused->>'text'),
			HINT = 'POST /v1/order-previews says what applies; order without the coupon.';
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION order_place(new_id uuid, subject text, b jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	t order_totals := order_totals_reduced(b->'lines', b->>'shipping_method',
		b->'shipping_address'->>'country', b->'shipping_address'->>'region', b->'coupons', subject,
		b->>'email');
	o orders;
BEGIN
	PERFORM promotion_expect(t);
	PERFORM order_expect(t, b->'total');
	IF t.applied <> '[]' THEN
		INSERT INTO order_discount (order_id, place, promotion, coupon, name, kind, amount, shipping,
			weights, shares, terms)
		SELECT new_id, place, r.promotion, r.coupon, r.name, r.kind, r.amount,
			coalesce(r.shipping, 0), r.weights, r.shares, r.terms
		FROM jsonb_array_elements(t.applied) WITH ORDINALITY AS a(e, place),
			jsonb_populate_record(NULL::promotion_result, e) r;
	END IF;
	o := order_store(new_id, subject, b, t, 'sale', NULL, subject);
	RETURN order_body(o, false);
END
$$;

CREATE OR REPLACE FUNCTION order_discounts(wanted_order uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(discount_body(d.promotion, d.coupon, d.name, d.amount, d.shipping,
			d.shares, o.currency) ORDER BY d.place), '[]')
		FROM order_discount d JOIN orders o ON o.id = d.order_id WHERE d.order_id = wanted_order);
END
$$;

-- For people: every promotion beside these lines, and what comes of them.
CREATE FUNCTION promotion_explain(lines jsonb, coupons jsonb, owner text, email text, country text,
	method text)
RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
	spent text := lines->0->'price'->>'currency';
	shipping bigint := (SELECT shipping_price(m, spent, lines_subtotal(lines), country)
		FROM shipping_method m WHERE code = method);
	results promotion_result[] := ARRAY(SELECT r FROM promotion_evaluate(lines,
		promotion_categories(lines), coupons, owner, email, country, shipping, now(), true) r);
BEGIN
	RETURN (SELECT to_json(a) FROM (
			SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('promotion', r.promotion,
					'name', r.name, 'kind', r.kind, 'coupon', r.coupon, 'applies', r.applies,
					'reason', r.reason, 'text', r.text, 'detail', r.detail, 'amount',
					CASE WHEN r.amount IS NOT NULL THEN ROW(r.amount, spent)::money_amount END,
					'lines', CASE WHEN r.applies THEN discount_body(NULL, NULL, NULL, 0, 0, r.shares,
						spent)->'lines' END) ORDER BY r.ordinality), '[]')
				FROM unnest(results) WITH ORDINALITY AS r) AS data,
			(SELECT jsonb_agg(jsonb_build_object('line', l.line, 'sku', l.e->>'sku',
					'quantity', (l.e->>'quantity')::bigint, 'price', l.e->'price',
					'discount', ROW((l.e->>'discount')::bigint, spent)::money_amount) ORDER BY l.line)
				FROM jsonb_array_elements(lines_discounted(lines, results))
					WITH ORDINALITY AS l(e, line)) AS lines,
			(SELECT ROW(coalesce(sum(r.amount - coalesce(r.shipping, 0)), 0), spent)::money_amount
				FROM unnest(results) r WHERE r.applies) AS discount,
			(SELECT ROW(coalesce(sum(r.shipping), 0), spent)::money_amount
				FROM unnest(results) r WHERE r.applies) AS shipping_discount
		) a);
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON promotion, promotion_coupon,
		product_category TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT ON order_discount TO %I', current_database());
END
$$;
