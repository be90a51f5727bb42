-- How often promotions and coupons are used: counted, limited, given back.

-- Uses that count: taken before stock is, given back when the order comes to nothing.
CREATE TABLE promotion_redemption (
	order_id uuid NOT NULL,
	promotion text COLLATE "C" NOT NULL,
	coupon text COLLATE "C",
	customer text NOT NULL,
	amount bigint NOT NULL,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	given_back_at timestamptz(3),
	CONSTRAINT promotion_redemption_pkey PRIMARY KEY (order_id, promotion)
) WITH (fillfactor = 80);
CREATE INDEX promotion_redemption_promotion ON promotion_redemption (promotion, order_id);
CREATE INDEX promotion_redemption_customer ON promotion_redemption (promotion, customer)
	WHERE given_back_at IS NULL;

CREATE FUNCTION order_is_discounted(wanted_order uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	RETURN EXISTS (SELECT FROM order_discount WHERE order_id = wanted_order);
END
$$;

-- Who changes counters of uses does so alone, and after all locks of orders: no order in which the
-- promotions of many orders are counted can be a deadlock then.
CREATE FUNCTION promotion_count_alone() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock('promotion'::regclass::oid::integer, 0);
END
$$;

-- What orders would use, with the limits and what is used of them.
CREATE FUNCTION promotion_claims(order_ids uuid[]) RETURNS TABLE (order_id uuid, uses jsonb)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT d.order_id, jsonb_agg(jsonb_build_object('promotion', d.promotion, 'coupon', d.coupon,
		'customer', promotion_customer(o.owner, o.email), 'amount', d.amount,
		'gone', p.code IS NULL OR (d.coupon IS NOT NULL AND k.code IS NULL),
		'counts', jsonb_build_array(
			jsonb_build_array('promotion ' || d.promotion, p.uses, p.max_uses, 'used_up'),
			jsonb_build_array('coupon ' || d.coupon, k.uses, k.max_uses, 'used_up'),
			jsonb_build_array('customer ' || d.promotion || ' ' || promotion_customer(o.owner, o.email),
				CASE WHEN promotion_most_per_customer(p) IS NOT NULL
					THEN promotion_uses_of(p.code, promotion_customer(o.owner, o.email)) END,
				promotion_most_per_customer(p), 'used_up_by_customer'))) ORDER BY d.place)
	FROM order_discount d
	JOIN orders o ON o.id = d.order_id
	LEFT JOIN promotion p ON p.code = d.promotion
	LEFT JOIN promotion_coupon k ON k.code = d.coupon AND k.promotion = d.promotion
	WHERE d.order_id = ANY (order_ids) AND NOT EXISTS (SELECT FROM promotion_redemption r
		WHERE r.order_id = d.order_id AND r.promotion = d.promotion)
	GROUP BY d.order_id ORDER BY d.order_id;
END
$$;

-- The first limit that one more use would break: with what the orders before took, by name. NULL: none.
CREATE FUNCTION promotion_over(uses jsonb, taken jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (
		SELECT jsonb_build_object('promotion', u->>'promotion', 'coupon', u->>'coupon',
			'reason', coalesce(c->>3, 'used_up'))
		FROM jsonb_array_elements(uses) WITH ORDINALITY AS x(u, place),
			jsonb_array_elements(u->'counts') WITH ORDINALITY AS y(c, rank)
		WHERE (u->>'gone')::boolean
			OR (c->>1)::bigint + coalesce((taken->>(c->>0))::bigint, 0) >= (c->>2)::bigint
		ORDER BY place, rank LIMIT 1);
END
$$;

CREATE FUNCTION promotion_take(uses jsonb, taken jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN taken || (
		SELECT jsonb_object_agg(c->>0, coalesce((taken->>(c->>0))::bigint, 0) + 1)
		FROM jsonb_array_elements(uses) u, jsonb_array_elements(u->'counts') c WHERE c->>0 IS NOT NULL);
END
$$;

-- Takes the uses of many orders, first come first served; of an order all or none, and each once
-- however often it is asked for. Answers the orders over a limit, with which. What is lost in a crash
-- is asked for again: the settling of the orders after it waits for the disk, and for this too.
CREATE FUNCTION promotion_redeem(claims jsonb) RETURNS TABLE (id uuid, detail jsonb)
LANGUAGE plpgsql AS $$
DECLARE
	mine uuid[] := ARRAY(SELECT o.id FROM orders o, jsonb_to_recordset(claims) AS c(id uuid, attempt integer)
		WHERE o.id = c.id AND o.step = 'check' AND o.attempt = c.attempt ORDER BY o.id FOR UPDATE OF o);
	claim record;
	taken jsonb := '{}';
	served uuid[] := '{}';
BEGIN
	PERFORM set_config('synchronous_commit', 'off', true);
	PERFORM promotion_count_alone();
	FOR claim IN SELECT * FROM promotion_claims(mine) LOOP
		detail := promotion_over(claim.uses, taken);
		IF detail IS NOT NULL THEN
			id := claim.order_id;
			RETURN NEXT;
		ELSE
			taken := promotion_take(claim.uses, taken);
			served := served || claim.order_id;
		END IF;
	END LOOP;
	WITH used AS (
		INSERT INTO promotion_redemption (order_id, promotion, coupon, customer, amount)
		SELECT d.order_id, d.promotion, d.coupon, promotion_customer(o.owner, o.email), d.amount
		FROM order_discount d JOIN orders o ON o.id = d.order_id
		WHERE d.order_id = ANY (served)
		ON CONFLICT DO NOTHING
		RETURNING promotion_redemption.promotion, promotion_redemption.coupon
	), counted AS (
		UPDATE promotion p SET uses = uses + n
		FROM (SELECT used.promotion, count(*) AS n FROM used GROUP BY 1) u
		WHERE p.code = u.promotion
	)
	UPDATE promotion_coupon k SET uses = uses + n
	FROM (SELECT used.coupon, count(*) AS n FROM used GROUP BY 1) u WHERE k.code = u.coupon;
END
$$;

-- At the end of the transaction in which an order comes to nothing, whichever function ends it.
CREATE FUNCTION promotion_give_back() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM promotion_redemption WHERE order_id = NEW.id AND given_back_at IS NULL) THEN
		RETURN NULL;
	END IF;
	PERFORM promotion_count_alone();
	WITH back AS (
		UPDATE promotion_redemption SET given_back_at = now()
		WHERE order_id = NEW.id AND given_back_at IS NULL
		RETURNING promotion, coupon, created_at
	), counted AS (
		UPDATE promotion p SET uses = uses - 1 FROM back WHERE p.code = back.promotion
	)
	-- Not to a coupon that was removed meanwhile and made anew: it does not count this use.
	UPDATE promotion_coupon k SET uses = uses - 1
	FROM back WHERE k.code = back.coupon AND k.created_at <= back.created_at;
	RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER promotion_give_back AFTER UPDATE OF status ON orders
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	WHEN (NEW.status IN ('rejected', 'cancelled') AND OLD.status <> NEW.status)
	EXECUTE FUNCTION promotion_give_back();

-- One that orders have is kept: they say what was agreed to by its name.
CREATE FUNCTION promotion_delete(wanted text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM order_discount WHERE promotion = wanted) THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'promotion_in_use',
			MESSAGE = format('There are orders with the promotion %s.', wanted),
			HINT = 'Switch it off: "active": false.';
	END IF;
	DELETE FROM promotion WHERE code = wanted;
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON promotion_redemption TO %I', current_database());
END
$$;
