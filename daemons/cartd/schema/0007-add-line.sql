-- Putting pieces into a cart is what a shop does most: as few statements as it can be, with the same
-- answers in the same order.

-- In SQL and with nothing but its arguments, so that it becomes part of the statement that calls it.
-- since: cart_setting.products_since.
CREATE FUNCTION product_is_fresh(seen product_seen, since timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT coalesce(seen.status <> 'unknown' AND seen.version >= seen.stale_below
		AND seen.asked_at > greatest(since, now() - interval '1 day'), false)
$$;

CREATE OR REPLACE FUNCTION product_is_fresh(seen product_seen) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT product_is_fresh(seen, products_since) FROM cart_setting);
END
$$;

-- Sorted before they are put together: that is cheaper than by the aggregate.
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
				SELECT coalesce(json_agg(ROW(c.sku, c.name, c.quantity,
						ROW(c.price_amount, shown.currency)::money_amount,
						ROW(c.price_amount * c.quantity, shown.currency)::money_amount
					)::cart_line_body), '[]') AS lines,
					coalesce(sum(c.price_amount * c.quantity), 0)::bigint AS subtotal
				FROM (
					SELECT k.sku, k.name, k.quantity, k.price_amount
					FROM cart_line k
					WHERE k.cart_id = shown.id
					ORDER BY k.added_at, k.sku
				) c
			) l
		) r
	);
END
$$;

-- The checks that every change has, called only when one of them has something to say.
CREATE OR REPLACE FUNCTION cart_add_line(cart_id uuid, subject text, new_sku text, pieces bigint,
	key_route text, key text, hash text) RETURNS SETOF cart_answer LANGUAGE plpgsql AS $$
DECLARE
	given record;
	target cart;
	product product_seen;
	was integer;
BEGIN
	SELECT c AS cart, p AS product, product_is_fresh(p, s.products_since) AS fresh INTO given
	FROM cart c CROSS JOIN cart_setting s LEFT JOIN product_seen p ON p.sku = new_sku
	WHERE c.id = cart_id AND c.owner = subject
	FOR UPDATE OF c;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF NOT given.fresh THEN
		RETURN NEXT (424, NULL, NULL)::cart_answer;
		RETURN;
	END IF;
	target := given.cart;
	product := given.product;
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (subject, key_route, key, hash, '/v1/carts/' || target.id);
	IF target.status <> 'active' OR product.status <> 'active' OR product.hidden
			OR product.currency <> target.currency THEN
		PERFORM cart_check_active(target), product_check(product, target.currency);
	END IF;

	SELECT quantity INTO was FROM cart_line l WHERE l.cart_id = target.id AND l.sku = new_sku;
	IF FOUND THEN
		UPDATE cart_line l SET quantity = cart_check_quantity(was + pieces)
		WHERE l.cart_id = target.id AND l.sku = new_sku;
	ELSE
		PERFORM cart_check_room(target.line_count + 1);
		INSERT INTO cart_line (cart_id, sku, name, quantity, price_amount)
		VALUES (target.id, new_sku, product.name, cart_check_quantity(pieces),
			product.price_amount);
	END IF;
	target := cart_touch(target.id, CASE WHEN was IS NULL THEN 1 ELSE 0 END);
	RETURN NEXT (NULL, cart_body(target), target.version)::cart_answer;
END
$$;
