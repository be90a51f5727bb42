-- Changing the lines of a cart.

CREATE FUNCTION cart_check_quantity(quantity bigint) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
	IF quantity NOT BETWEEN 1 AND 9999 THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'cart_line_quantity',
			MESSAGE = format('A line has 1 to 9999 pieces; this would be %s.', quantity),
			HINT = 'Order fewer, or make a second cart.';
	END IF;
	RETURN quantity;
END
$$;

CREATE FUNCTION cart_check_room(lines bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF lines > 100 THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'cart_full',
			MESSAGE = format('A cart has at most 100 lines; this would be %s.', lines),
			HINT = 'Remove lines, or make a second cart.';
	END IF;
END
$$;

CREATE FUNCTION product_check(product product_seen, cart_currency text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF product.status <> 'active' OR product.hidden THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'cart_product_unavailable',
			MESSAGE = format('The product %s is not for sale.', product.sku);
	END IF;
	IF product.currency <> cart_currency THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'cart_currency_mismatch',
			MESSAGE = format('The product %s is sold in %s, this cart is in %s.', product.sku,
				product.currency, cart_currency),
			HINT = format('Make a cart in %s.', product.currency);
	END IF;
END
$$;

-- Status 424, with nothing written: the product must be asked for first. A line that is there keeps
-- the price that was shown.
CREATE FUNCTION cart_add_line(cart_id uuid, subject text, new_sku text, pieces bigint,
	key_route text, key text, hash text) RETURNS SETOF cart_answer LANGUAGE plpgsql AS $$
DECLARE
	target cart;
	product product_seen;
	was integer;
BEGIN
	target := cart_lock(cart_id, subject);
	IF target.id IS NULL THEN
		RETURN;
	END IF;
	SELECT * INTO product FROM product_seen p WHERE p.sku = new_sku;
	IF NOT FOUND OR NOT product_is_fresh(product) THEN
		RETURN NEXT (424, NULL, NULL)::cart_answer;
		RETURN;
	END IF;
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (subject, key_route, key, hash, '/v1/carts/' || target.id);
	PERFORM cart_check_active(target), product_check(product, target.currency);

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

CREATE FUNCTION cart_set_line(cart_id uuid, subject text, old_sku text, pieces bigint)
RETURNS SETOF cart_answer LANGUAGE plpgsql AS $$
DECLARE
	target cart;
	was integer;
BEGIN
	target := cart_lock(cart_id, subject);
	IF target.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM cart_check_active(target);
	SELECT quantity INTO was FROM cart_line l WHERE l.cart_id = target.id AND l.sku = old_sku;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF was <> pieces THEN
		UPDATE cart_line l SET quantity = cart_check_quantity(pieces)
		WHERE l.cart_id = target.id AND l.sku = old_sku;
		target := cart_touch(target.id, 0);
	END IF;
	RETURN NEXT (NULL, cart_body(target), target.version)::cart_answer;
END
$$;

CREATE FUNCTION cart_remove_line(cart_id uuid, subject text, old_sku text)
RETURNS SETOF cart_answer LANGUAGE plpgsql AS $$
DECLARE
	target cart;
BEGIN
	target := cart_lock(cart_id, subject);
	IF target.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM cart_check_active(target);
	DELETE FROM cart_line l WHERE l.cart_id = target.id AND l.sku = old_sku;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	target := cart_touch(target.id, -1);
	RETURN NEXT (NULL, cart_body(target), target.version)::cart_answer;
END
$$;

-- An ordered cart stays: its order refers to it.
CREATE FUNCTION cart_remove(cart_id uuid, subject text) RETURNS SETOF cart_answer
LANGUAGE plpgsql AS $$
DECLARE
	target cart;
BEGIN
	target := cart_lock(cart_id, subject);
	IF target.id IS NULL THEN
		RETURN;
	END IF;
	IF target.status = 'ordered' THEN
		PERFORM cart_check_active(target);
	END IF;
	DELETE FROM cart WHERE id = target.id;
	IF target.held_until > now() THEN
		INSERT INTO job (queue, payload)
		SELECT 'hold', to_json(j) FROM (SELECT target.id AS cart) j;
	END IF;
	RETURN NEXT (204, NULL, NULL)::cart_answer;
END
$$;
