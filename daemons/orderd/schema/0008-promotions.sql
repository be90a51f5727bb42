-- Promotions: what takes something off an order, on which conditions, and for whom how often. Amounts
-- are minor units; percentages are parts per million. docs/promotions.md says what the rules mean.

CREATE TABLE promotion (
	code text COLLATE "C" CONSTRAINT promotion_taken PRIMARY KEY
		CONSTRAINT promotion_code CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
	name text NOT NULL,
	kind text NOT NULL CONSTRAINT promotion_kind_unknown
		CHECK (kind IN ('percentage', 'amount', 'free_shipping', 'buy_x_get_y')),
	automatic boolean NOT NULL, -- applies by itself; else one of its coupons is needed
	ppm integer CONSTRAINT promotion_ppm CHECK (ppm BETWEEN 1 AND 1000000),
	amount bigint CONSTRAINT promotion_amount CHECK (amount > 0),
	buy integer CONSTRAINT promotion_buy CHECK (buy BETWEEN 1 AND 10000),
	get integer CONSTRAINT promotion_get CHECK (get BETWEEN 1 AND 10000),
	max_discount bigint CONSTRAINT promotion_max_discount CHECK (max_discount > 0),

	min_subtotal bigint CONSTRAINT promotion_min_subtotal CHECK (min_subtotal > 0),
	currency text,
	products text[] NOT NULL DEFAULT '{}', -- with the categories: which lines; both empty: all
	categories text[] NOT NULL DEFAULT '{}',
	countries text[] NOT NULL DEFAULT '{}',
	customers text[] NOT NULL DEFAULT '{}', -- ids of users, e-mail addresses, @domains
	first_order boolean NOT NULL DEFAULT false,
	starts_at timestamptz(3),
	ends_at timestamptz(3),

	priority integer NOT NULL DEFAULT 0, -- the lowest comes first
	exclusive boolean NOT NULL DEFAULT false,
	max_uses bigint CONSTRAINT promotion_max_uses CHECK (max_uses > 0),
	max_uses_per_customer bigint CONSTRAINT promotion_max_uses_per_customer
		CHECK (max_uses_per_customer > 0),
	active boolean NOT NULL DEFAULT true,
	uses bigint NOT NULL DEFAULT 0 CONSTRAINT promotion_uses CHECK (uses >= 0 AND uses <= max_uses),
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),

	CONSTRAINT promotion_value CHECK (CASE kind
		WHEN 'percentage' THEN num_nonnulls(ppm) = 1 AND num_nonnulls(amount, buy, get) = 0
		WHEN 'amount' THEN num_nonnulls(amount) = 1 AND num_nonnulls(ppm, buy, get) = 0
		WHEN 'buy_x_get_y' THEN num_nonnulls(buy, get) = 2 AND num_nonnulls(amount) = 0
		ELSE num_nonnulls(ppm, amount, buy, get) = 0 END),
	CONSTRAINT promotion_currency CHECK (currency IS NOT NULL
		OR num_nonnulls(amount, min_subtotal, max_discount) = 0),
	CONSTRAINT promotion_time CHECK (ends_at > starts_at)
) WITH (fillfactor = 50);
CREATE INDEX promotion_automatic ON promotion (priority, code) WHERE automatic AND active;
CREATE INDEX promotion_by_category ON promotion (code) WHERE categories <> '{}';

-- In capitals; people may type them in any way.
CREATE TABLE promotion_coupon (
	code text COLLATE "C" CONSTRAINT promotion_coupon_taken PRIMARY KEY
		CONSTRAINT promotion_coupon_code CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{1,39}$'),
	promotion text COLLATE "C" NOT NULL REFERENCES promotion ON DELETE CASCADE,
	uses bigint NOT NULL DEFAULT 0
		CONSTRAINT promotion_coupon_uses CHECK (uses >= 0 AND uses <= max_uses),
	max_uses bigint CONSTRAINT promotion_coupon_max_uses CHECK (max_uses > 0),
	created_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX promotion_coupon_promotion ON promotion_coupon (promotion, code);

-- The categories of what is ordered, with those above them: asked for when a promotion needs them,
-- forgotten when the catalogue changes. NULL: is being asked for.
CREATE TABLE product_category (
	sku text COLLATE "C" PRIMARY KEY,
	categories text[],
	asked_at timestamptz NOT NULL
);

-- --- writing ----------------------------------------------------------------------------------------

CREATE FUNCTION coupon_code(typed text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT upper(btrim(typed)) $$;

-- The row with what the body says of it. Money has one currency, which becomes a condition.
CREATE FUNCTION promotion_with(p promotion, b jsonb) RETURNS promotion
LANGUAGE plpgsql STABLE AS $$
DECLARE
	flat jsonb := b;
	money text;
	currencies text[];
BEGIN
	FOREACH money IN ARRAY ARRAY['amount', 'min_subtotal', 'max_discount'] LOOP
		IF jsonb_typeof(b->money) = 'object' THEN
			flat := flat || jsonb_build_object(money, b->money->'amount');
			currencies := currencies || (b->money->>'currency');
		END IF;
	END LOOP;
	p := jsonb_populate_record(p, flat - '{code,uses,version,created_at,updated_at}'::text[]);
	p.currency := coalesce(p.currency, currencies[1]);
	IF p.currency <> ANY (currencies) THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'promotion_currency',
			MESSAGE = format('The promotion is in %s, and an amount of it in another currency.', p.currency),
			HINT = 'Make a promotion per currency.';
	END IF;
	p.customers := ARRAY(SELECT DISTINCT lower(c) FROM unnest(p.customers) c ORDER BY 1);
	p.products := ARRAY(SELECT DISTINCT unnest(p.products) ORDER BY 1);
	p.categories := ARRAY(SELECT DISTINCT unnest(p.categories) ORDER BY 1);
	p.countries := ARRAY(SELECT DISTINCT unnest(p.countries) ORDER BY 1);
	RETURN p;
END
$$;

-- Volatile: it also counts the coupons that the same statement has added.
CREATE FUNCTION promotion_body(p promotion) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
			SELECT p.code, p.name, p.kind, p.automatic, p.ppm,
				CASE WHEN p.amount IS NOT NULL
					THEN ROW(p.amount, p.currency)::money_amount END AS amount,
				p.buy, p.get,
				CASE WHEN p.max_discount IS NOT NULL
					THEN ROW(p.max_discount, p.currency)::money_amount END AS max_discount,
				CASE WHEN p.min_subtotal IS NOT NULL
					THEN ROW(p.min_subtotal, p.currency)::money_amount END AS min_subtotal,
				p.currency, p.products, p.categories, p.countries, p.customers, p.first_order,
				p.starts_at, p.ends_at, p.priority, p.exclusive, p.max_uses,
				p.max_uses_per_customer, p.active, p.uses,
				(SELECT count(*) FROM promotion_coupon c WHERE c.promotion = p.code) AS coupons,
				p.version, p.created_at, p.updated_at
		) r);
END
$$;

CREATE FUNCTION promotion_create(b jsonb) RETURNS promotion
LANGUAGE plpgsql AS $$
DECLARE
	p promotion;
	named boolean := jsonb_array_length(coalesce(nullif(b->'coupons', 'null'), '[]')) > 0;
BEGIN
	p := ROW(b->>'code', b->>'name', b->>'kind', NOT named, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		'{}', '{}', '{}', '{}', false, NULL, NULL, 0, false, NULL, NULL, true, 0, 1, now(), now());
	p := promotion_with(p, b);
	INSERT INTO promotion SELECT p.*;
	IF named THEN
		PERFORM promotion_add_coupons(p.code, b->'coupons', NULL, NULL);
	END IF;
	RETURN p;
END
$$;

-- A random one: 12 of 31 signs that nobody mixes up.
CREATE FUNCTION coupon_random() RETURNS text
LANGUAGE sql VOLATILE AS $$
	SELECT string_agg(substr('ABCDEFGHJKMNPQRSTUVWXYZ23456789', get_byte(bytes, i) % 31 + 1, 1)
		|| CASE WHEN i IN (3, 9) THEN '-' ELSE '' END, '' ORDER BY i)
	FROM (SELECT decode(replace(gen_random_uuid()::text, '-', ''), 'hex') AS bytes) r,
		unnest(ARRAY[0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13]) AS i -- 6 and 8 hold the version
$$;

-- Those that are named, or so many random ones. The promotion applies with a coupon only, from now on.
CREATE FUNCTION promotion_add_coupons(wanted text, codes jsonb, count bigint, most bigint)
RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	added json;
BEGIN
	UPDATE promotion SET automatic = false, version = version + 1, updated_at = now()
	WHERE code = wanted AND automatic;
	WITH coupon AS (
		INSERT INTO promotion_coupon (code, promotion, max_uses)
		SELECT DISTINCT coupon_code(c), wanted, most
		FROM jsonb_array_elements_text(coalesce(nullif(codes, 'null'), '[]')) c
		UNION ALL
		SELECT coupon_random(), wanted, coalesce(most, 1) FROM generate_series(1, count)
		RETURNING code, promotion, uses, max_uses, created_at
	)
	SELECT coalesce(json_agg(coupon ORDER BY code), '[]') INTO added FROM coupon;
	RETURN added;
END
$$;

-- --- why not ----------------------------------------------------------------------------------------

CREATE FUNCTION promotion_says(reason text, detail jsonb, currency text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE reason
		WHEN 'inactive' THEN 'It is switched off.'
		WHEN 'not_started' THEN format('It starts at %s.', detail->>'starts_at')
		WHEN 'ended' THEN format('It ended at %s.', detail->>'ends_at')
		WHEN 'coupon_unknown' THEN 'There is no such coupon.'
		WHEN 'coupon_needed' THEN 'It needs one of its coupons.'
		WHEN 'coupon_repeated' THEN 'Another coupon of the same promotion is given.'
		WHEN 'wrong_currency' THEN format('It is for orders in %s.', detail->>'currency')
		WHEN 'wrong_country' THEN 'It is not for this country.'
		WHEN 'wrong_customer' THEN 'It is for certain customers only.'
		WHEN 'not_first_order' THEN 'It is for a customer''s first order only.'
		WHEN 'below_minimum' THEN format('%s minor units of %s are missing to the minimum of %s.',
			detail->>'missing', currency, detail->>'minimum')
		WHEN 'no_product' THEN 'None of its products is ordered.'
		WHEN 'used_up' THEN format('It was used %s times, which is all.', detail->>'uses')
		WHEN 'used_up_by_customer' THEN format('This customer used it %s times, which is all.',
			detail->>'uses')
		WHEN 'not_combinable' THEN format('It does not combine with %s.', detail->>'with')
		WHEN 'too_few_pieces' THEN format('%s more pieces are needed.', detail->>'missing')
		WHEN 'nothing_left_to_discount' THEN 'What it would take off is free already.'
	END
$$;

-- Whose uses are counted together: a user's, or those of a guest's e-mail address.
CREATE FUNCTION promotion_customer(owner text, email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN owner LIKE 'guest:%' OR owner IS NULL THEN lower(email) ELSE owner END
$$;

-- The first of the customer's orders counts; what came to nothing does not.
CREATE FUNCTION promotion_is_first_order(subject text, address text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce(subject, address) IS NOT NULL
		AND NOT EXISTS (SELECT FROM orders WHERE owner = subject
			AND status NOT IN ('rejected', 'cancelled'))
		AND NOT EXISTS (SELECT FROM orders WHERE email = lower(address)
			AND status NOT IN ('rejected', 'cancelled'));
END
$$;

-- The most uses that a customer has.
CREATE FUNCTION promotion_most_per_customer(p promotion) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN p.first_order THEN 1 ELSE p.max_uses_per_customer END
$$;

CREATE FUNCTION promotion_uses_of(wanted text, whose text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT count(*) FROM promotion_redemption
		WHERE promotion = wanted AND customer = whose AND given_back_at IS NULL);
END
$$;

-- The conditions that need no line: NULL, or the reason why not with its details.
CREATE FUNCTION promotion_refusal(p promotion, k promotion_coupon, spent text, subtotal bigint,
	owner text, email text, country text, at timestamptz)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	used bigint;
BEGIN
	IF NOT p.active THEN
		RETURN '{"reason": "inactive"}';
	ELSIF at < p.starts_at THEN
		RETURN jsonb_build_object('reason', 'not_started', 'starts_at', p.starts_at);
	ELSIF at >= p.ends_at THEN
		RETURN jsonb_build_object('reason', 'ended', 'ends_at', p.ends_at);
	ELSIF NOT p.automatic AND k.code IS NULL THEN
		RETURN '{"reason": "coupon_needed"}';
	ELSIF p.currency <> spent THEN
		RETURN jsonb_build_object('reason', 'wrong_currency', 'currency', p.currency);
	ELSIF p.countries <> '{}' AND NOT coalesce(country = ANY (p.countries), false) THEN
		RETURN jsonb_build_object('reason', 'wrong_country', 'countries', p.countries);
	ELSIF p.customers <> '{}' AND NOT p.customers && ARRAY[lower(owner), lower(email),
			'@' || split_part(lower(email), '@', 2)] THEN
		RETURN '{"reason": "wrong_customer"}';
	ELSIF p.first_order AND NOT promotion_is_first_order(owner, email) THEN
		RETURN '{"reason": "not_first_order"}';
	ELSIF subtotal < p.min_subtotal THEN
		RETURN jsonb_build_object('reason', 'below_minimum', 'minimum', p.min_subtotal,
			'missing', p.min_subtotal - subtotal);
	ELSIF p.uses >= p.max_uses THEN
		RETURN jsonb_build_object('reason', 'used_up', 'uses', p.uses);
	ELSIF k.uses >= k.max_uses THEN
		RETURN jsonb_build_object('reason', 'used_up', 'uses', k.uses, 'coupon', k.code);
	ELSIF promotion_most_per_customer(p) IS NOT NULL THEN
		used := promotion_uses_of(p.code, promotion_customer(owner, email));
		IF used >= promotion_most_per_customer(p) THEN
			RETURN jsonb_build_object('reason', 'used_up_by_customer', 'uses', used);
		END IF;
	END IF;
	RETURN NULL;
END
$$;

-- --- how much ---------------------------------------------------------------------------------------

-- `total` in shares in proportion to the weights, which are at least as much together: the largest
-- remainders get what rounding down left, of equal ones the first SKU. No share is above its weight.
CREATE FUNCTION promotion_allocate(total bigint, weights bigint[], skus text[]) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (
		SELECT array_agg((share + CASE WHEN place <= left_over THEN 1 ELSE 0 END)::bigint ORDER BY line)
		FROM (
			SELECT line, share, total - sum(share) OVER () AS left_over,
				row_number() OVER (ORDER BY remainder DESC, sku COLLATE "C", line) AS place
			FROM (
				SELECT w.line, w.sku, div(total::numeric * w.weight, s.whole) AS share,
					mod(total::numeric * w.weight, s.whole) AS remainder
				FROM unnest(weights, skus) WITH ORDINALITY AS w(weight, sku, line),
					(SELECT greatest(sum(u), 1) AS whole FROM unnest(weights) u) s
			) parts
		) placed
	);
END
$$;

-- What the cheapest pieces of the groups of x + y are worth, line by line: ppm of them is taken off.
CREATE FUNCTION promotion_free_pieces(p promotion, matches boolean[], quantities bigint[],
	prices bigint[], rests bigint[], skus text[])
RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (
		SELECT array_agg(CASE WHEN free <= 0 THEN 0 ELSE
			round_half_even(rest::numeric * free * coalesce(p.ppm, 1000000),
				quantity::numeric * 1000000)::bigint END ORDER BY line)
		FROM (
			SELECT line, rest, quantity, CASE WHEN matching THEN
				least(quantity, div(sum(quantity) FILTER (WHERE matching) OVER (), p.buy + p.get) * p.get
					- coalesce(sum(quantity) FILTER (WHERE matching) OVER (ORDER BY price,
						sku COLLATE "C", line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))
				ELSE 0 END AS free
			FROM unnest(matches, quantities, prices, rests, skus) WITH ORDINALITY
				AS l(matching, quantity, price, rest, sku, line)
		) pieces
	);
END
$$;

-- Which lines a promotion is about.
CREATE FUNCTION promotion_matches(p promotion, skus text[], categories jsonb) RETURNS boolean[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (
		SELECT array_agg(p.products = '{}' AND p.categories = '{}' OR sku = ANY (p.products)
			OR coalesce(categories->sku ?| p.categories, false) ORDER BY line)
		FROM unnest(skus) WITH ORDINALITY AS l(sku, line)
	);
END
$$;

CREATE TYPE promotion_result AS (
	promotion text,
	name text,
	kind text,
	coupon text,
	applies boolean,
	reason text, -- why not
	text text,
	detail jsonb,
	amount bigint, -- taken off altogether
	shipping bigint, -- what of it is off the shipping
	weights bigint[], -- by which the amount was shared
	shares bigint[], -- off each line
	terms jsonb -- what the amount was computed from
);

-- What one promotion takes off what earlier ones left of the lines and of the shipping (NULL: nobody
-- knows yet). Its reason is NULL, or why it takes nothing off.
CREATE FUNCTION promotion_compute(p promotion, matches boolean[], skus text[], quantities bigint[],
	prices bigint[], rests bigint[], shipping bigint)
RETURNS promotion_result
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	r promotion_result;
	base bigint;
	pieces bigint;
BEGIN
	SELECT coalesce(sum(rest), 0), coalesce(sum(quantity), 0),
		array_agg(CASE WHEN matching THEN rest ELSE 0 END ORDER BY line)
	INTO base, pieces, r.weights
	FROM (SELECT line, matching, CASE WHEN matching THEN rest END AS rest,
			CASE WHEN matching THEN quantity END AS quantity
		FROM unnest(matches, quantities, rests) WITH ORDINALITY
			AS l(matching, quantity, rest, line)) m;
	r.terms := jsonb_strip_nulls(jsonb_build_object('ppm', p.ppm, 'amount', p.amount, 'buy', p.buy,
		'get', p.get, 'max_discount', p.max_discount, 'base', base));
	IF NOT true = ANY (matches) THEN
		r.reason := 'no_product';
		RETURN r;
	ELSIF p.kind = 'free_shipping' THEN
		r.amount := least(shipping, p.max_discount);
		r.shipping := r.amount;
		r.weights := array_fill(0::bigint, ARRAY[cardinality(skus)]);
	ELSIF p.kind = 'buy_x_get_y' THEN
		IF pieces < p.buy + p.get THEN
			r.reason := 'too_few_pieces';
			r.detail := jsonb_build_object('missing', p.buy + p.get - pieces);
			RETURN r;
		END IF;
		r.weights := promotion_free_pieces(p, matches, quantities, prices, rests, skus);
		r.amount := least((SELECT sum(w) FROM unnest(r.weights) w)::bigint, p.max_discount);
	ELSIF p.kind = 'percentage' THEN
		r.amount := least(round_half_even(base::numeric * p.ppm, 1000000)::bigint, p.max_discount);
	ELSE
		r.amount := least(p.amount, base, p.max_discount);
	END IF;
	IF r.amount = 0 THEN
		r.reason := 'nothing_left_to_discount';
		RETURN r;
	END IF;
	r.applies := true;
	r.shares := CASE WHEN p.kind = 'free_shipping' THEN r.weights
		ELSE promotion_allocate(r.amount, r.weights, skus) END;
	RETURN r;
END
$$;
