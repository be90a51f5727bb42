-- A guest's cart becomes part of a user's, when the guest logs in.
-- sum: quantities are added, up to the most a line has. keep: those of the user's cart win. max: the
-- larger one wins. Prices of lines that both have are those of the user's cart.
CREATE FUNCTION cart_merge(cart_id uuid, subject text, source_id uuid, guest text, strategy text,
	key_route text, key text, hash text) RETURNS SETOF cart_answer LANGUAGE plpgsql AS $$
DECLARE
	target cart;
	source cart;
	added integer;
BEGIN
	PERFORM FROM cart c
	WHERE (c.id = cart_id AND c.owner = subject) OR (c.id = source_id AND c.owner = guest)
	ORDER BY c.id FOR UPDATE;
	SELECT * INTO target FROM cart c WHERE c.id = cart_id AND c.owner = subject;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (subject, key_route, key, hash, '/v1/carts/' || target.id);
	SELECT * INTO source FROM cart c
	WHERE c.id = source_id AND c.owner = guest AND c.id <> target.id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'cart_merge_source_unknown',
			MESSAGE = 'The guest of this token has no other cart with the id in "from".';
	END IF;
	PERFORM cart_check_active(target), cart_check_active(source);
	IF source.currency <> target.currency THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'cart_currency_mismatch',
			MESSAGE = format('The guest''s cart is in %s, this one in %s.', source.currency,
				target.currency),
			HINT = format('Merge into a cart in %s.', source.currency);
	END IF;

	UPDATE cart_line l SET quantity = CASE strategy
			WHEN 'sum' THEN least(l.quantity + s.quantity, 9999)
			WHEN 'max' THEN greatest(l.quantity, s.quantity)
			ELSE l.quantity END
	FROM cart_line s
	WHERE l.cart_id = target.id AND s.cart_id = source.id AND l.sku = s.sku;
	INSERT INTO cart_line (cart_id, sku, name, quantity, price_amount, added_at)
	SELECT target.id, s.sku, s.name, s.quantity, s.price_amount, s.added_at
	FROM cart_line s WHERE s.cart_id = source.id
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS added = ROW_COUNT;
	PERFORM cart_check_room(target.line_count + added);

	PERFORM cart_touch(source.id, 0);
	UPDATE cart c SET status = 'merged', merged_into = target.id, closed_at = now()
	WHERE c.id = source.id;
	target := cart_touch(target.id, added);
	RETURN NEXT (NULL, cart_body(target), target.version)::cart_answer;
END
$$;
