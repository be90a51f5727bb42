-- Comparing a cart with what catalogd says now.

-- A row per line: what could be sold of it now, and for how much. why is NULL when all of it could.
-- Pieces that this cart holds itself are not available to others, but are to it.
CREATE FUNCTION cart_compare(target cart, quotes jsonb)
RETURNS TABLE (sku text, why text, quantity integer, sellable integer, price bigint,
	price_now bigint, name_now text) LANGUAGE sql STABLE AS $$
	SELECT l.sku,
		CASE WHEN q.sku IS NULL THEN 'unknown'
			WHEN NOT q.sold THEN 'unavailable'
			WHEN q.sellable < l.quantity THEN 'insufficient_stock' END,
		l.quantity, CASE WHEN q.sold THEN least(l.quantity, q.sellable) ELSE 0 END,
		l.price_amount, q.amount, q.name
	FROM cart_line l
	LEFT JOIN LATERAL (
		SELECT r.sku, r.name, (r.price->>'amount')::bigint AS amount,
			r.status = 'active' AND NOT r.hidden AND r.price->>'currency' = target.currency AS sold,
			CASE WHEN r.available IS NULL THEN l.quantity ELSE greatest(r.available
				+ CASE WHEN target.held_until > now() THEN l.held ELSE 0 END, 0) END AS sellable
		FROM jsonb_to_recordset(quotes) AS r(sku text, name text, status text, hidden boolean,
			price jsonb, available bigint)
		WHERE r.sku = l.sku
	) q ON true
	WHERE l.cart_id = target.id
$$;

-- The differences as people see them: quantities of lines that cannot be had, prices of the others.
CREATE FUNCTION cart_differences(target cart, quotes jsonb) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(d ORDER BY d.sku, d.kind), '[]')
	FROM (
		SELECT sku, why AS kind, to_json(quantity) AS was, to_json(sellable) AS now
		FROM cart_compare(target, quotes) WHERE why IS NOT NULL
		UNION ALL
		SELECT sku, 'price_changed', to_json(ROW(price, target.currency)::money_amount),
			to_json(ROW(price_now, target.currency)::money_amount)
		FROM cart_compare(target, quotes) WHERE sellable > 0 AND price_now <> price
	) d
$$;

-- The cart becomes what can be had now. Answers it as it then is.
CREATE FUNCTION cart_accept(target cart, quotes jsonb) RETURNS cart LANGUAGE plpgsql AS $$
DECLARE
	gone integer;
BEGIN
	UPDATE cart_line l SET quantity = c.sellable, price_amount = c.price_now, name = c.name_now
	FROM cart_compare(target, quotes) c
	WHERE l.cart_id = target.id AND l.sku = c.sku AND c.sellable > 0;
	DELETE FROM cart_line l USING cart_compare(target, quotes) c
	WHERE l.cart_id = target.id AND l.sku = c.sku AND c.sellable = 0;
	GET DIAGNOSTICS gone = ROW_COUNT;
	RETURN cart_touch(target.id, -gone);
END
$$;

-- Status 424: lines were added since the quotes were asked for.
CREATE FUNCTION cart_validate(cart_id uuid, subject text, skus jsonb, quotes jsonb, accept boolean)
RETURNS SETOF cart_answer LANGUAGE plpgsql AS $$
DECLARE
	target cart;
	differences json;
	differs boolean;
BEGIN
	target := cart_lock(cart_id, subject);
	IF target.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM cart_check_active(target);
	IF EXISTS (SELECT FROM cart_line l WHERE l.cart_id = target.id AND NOT skus ? l.sku) THEN
		RETURN NEXT (424, NULL, NULL)::cart_answer;
		RETURN;
	END IF;
	differences := cart_differences(target, quotes);
	differs := json_array_length(differences) > 0;
	IF differs AND accept THEN
		target := cart_accept(target, quotes);
	END IF;
	RETURN NEXT (NULL, (
		SELECT to_json(r) FROM (
			SELECT accept OR NOT differs AS ok, differences AS changes, cart_body(target) AS cart
		) r
	), target.version)::cart_answer;
END
$$;
