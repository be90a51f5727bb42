-- Coupons that the customer put on a cart: kept, shown, and taken along to the order. Whether they
-- apply is for orderd to say.

ALTER TABLE cart ADD COLUMN coupons text[] NOT NULL DEFAULT '{}';

CREATE OR REPLACE FUNCTION cart_body(shown cart) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		SELECT to_json(r)
		FROM (
			SELECT shown.id, shown.owner, shown.status, shown.currency, shown.line_count,
				l.lines, ROW(l.subtotal, shown.currency)::money_amount AS subtotal,
				shown.coupons, shown.version,
				coalesce(shown.held_until > now(), false) AS held,
				shown.order_id AS "order", shown.expires_at, shown.created_at,
				shown.updated_at
			FROM (
				SELECT coalesce(json_agg(to_json(ROW(c.sku, c.name, c.quantity,
						ROW(c.price_amount, shown.currency)::money_amount,
						ROW(c.price_amount * c.quantity, shown.currency)::money_amount
					)::cart_line_body) ORDER BY c.added_at, c.sku), '[]') AS lines,
					coalesce(sum(c.price_amount * c.quantity), 0)::bigint AS subtotal
				FROM cart_line c
				WHERE c.cart_id = shown.id
			) l
		) r
	);
END
$$;

-- Codes are kept in capitals, in the order in which they came.
CREATE FUNCTION cart_add_coupon(cart_id uuid, subject text, code text, key_route text, key text,
	hash text) RETURNS SETOF cart_answer LANGUAGE plpgsql AS $$
DECLARE
	target cart;
BEGIN
	target := cart_lock(cart_id, subject);
	IF target.id IS NULL THEN
		RETURN;
	END IF;
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (subject, key_route, key, hash, '/v1/carts/' || target.id);
	PERFORM cart_check_active(target);
	IF NOT upper(code) = ANY (target.coupons) THEN
		IF cardinality(target.coupons) >= 10 THEN
			RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'cart_coupons_full',
				MESSAGE = 'A cart has at most 10 coupons.',
				HINT = 'Remove one of them.';
		END IF;
		UPDATE cart c SET coupons = coupons || upper(code) WHERE c.id = target.id;
		target := cart_touch(target.id, 0);
	END IF;
	RETURN NEXT (NULL, cart_body(target), target.version)::cart_answer;
END
$$;

CREATE FUNCTION cart_remove_coupon(cart_id uuid, subject text, code text)
RETURNS SETOF cart_answer LANGUAGE plpgsql AS $$
DECLARE
	target cart;
BEGIN
	target := cart_lock(cart_id, subject);
	IF target.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM cart_check_active(target);
	IF NOT upper(code) = ANY (target.coupons) THEN
		RETURN;
	END IF;
	UPDATE cart c SET coupons = array_remove(coupons, upper(code)) WHERE c.id = target.id;
	target := cart_touch(target.id, 0);
	RETURN NEXT (NULL, cart_body(target), target.version)::cart_answer;
END
$$;

-- A guest's coupons come along, up to the most that a cart has.
CREATE FUNCTION cart_merge_coupons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE cart c SET coupons = (c.coupons || ARRAY(
		SELECT k FROM unnest(NEW.coupons) WITH ORDINALITY AS u(k, place)
		WHERE NOT k = ANY (c.coupons) ORDER BY place))[:10]
	WHERE c.id = NEW.merged_into;
	RETURN NULL;
END
$$;
CREATE TRIGGER cart_merge_coupons AFTER UPDATE OF merged_into ON cart FOR EACH ROW
	WHEN (NEW.merged_into IS NOT NULL AND OLD.merged_into IS NULL AND NEW.coupons <> '{}')
	EXECUTE FUNCTION cart_merge_coupons();
