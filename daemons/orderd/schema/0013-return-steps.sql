-- What is done to returns: asked for, decided, counted, exchanged.

-- What was charged for the pieces of a line that left the house; of an exchange, what came back for them.
CREATE FUNCTION return_charged(wanted_order uuid, wanted_line integer, OUT pieces bigint, OUT amount bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT coalesce(sum(x.quantity), 0)::bigint, coalesce(sum(x.amount), 0)::bigint
	INTO pieces, amount
	FROM shipment_line x JOIN shipment s ON s.id = x.shipment_id AND s.status = 'shipped'
	WHERE s.order_id = wanted_order AND x.line = wanted_line;
	amount := amount + coalesce((SELECT round_half_even(e.worth::numeric * pieces, l.quantity)::bigint
		FROM orders o
		JOIN order_line l ON l.order_id = o.id AND l.line = wanted_line
		JOIN order_return_exchange e ON e.return_id = o.origin AND e.sku = l.sku
		WHERE o.id = wanted_order AND o.kind = 'exchange'), 0);
END
$$;

-- What was paid for so many pieces of a line beside those that came back before: all that came back,
-- rounded, less what it was before, so that returning everything is worth exactly what was charged.
CREATE FUNCTION return_line_worth(wanted_order uuid, wanted_line integer, picked bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	charged record := return_charged(wanted_order, wanted_line);
	back record;
BEGIN
	SELECT coalesce(sum(x.received), 0) AS pieces, coalesce(sum(x.amount), 0) AS amount INTO back
	FROM order_return r JOIN order_return_line x ON x.return_id = r.id
	WHERE r.order_id = wanted_order AND x.line = wanted_line AND x.received IS NOT NULL;
	IF picked = 0 OR charged.pieces = 0 THEN
		RETURN 0;
	END IF;
	RETURN greatest(0, round_half_even(charged.amount::numeric
		* least(back.pieces + picked, charged.pieces), charged.pieces) - back.amount);
END
$$;

-- Of each line: the pieces that can be asked back (shipped, less what other returns have), and whether
-- there is still time.
CREATE FUNCTION return_open(wanted_order uuid) RETURNS TABLE (line integer, sku text, open bigint,
	in_time boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT l.line, l.sku::text, (l.shipped - coalesce(back.pieces, 0))::bigint,
		coalesce(sent.last > now() - (SELECT return_window FROM return_setting), false)
	FROM order_line l
	LEFT JOIN (SELECT x.line, sum(CASE WHEN r.received_at IS NULL THEN x.quantity
			ELSE x.received + x.refused END) AS pieces
		FROM order_return r JOIN order_return_line x ON x.return_id = r.id
		WHERE r.order_id = wanted_order AND r.status NOT IN ('declined', 'cancelled')
		GROUP BY x.line) back ON back.line = l.line
	LEFT JOIN (SELECT x.line, max(s.shipped_at) AS last
		FROM shipment s JOIN shipment_line x ON x.shipment_id = s.id
		WHERE s.order_id = wanted_order AND s.status = 'shipped'
		GROUP BY x.line) sent ON sent.line = l.line
	WHERE l.order_id = wanted_order;
END
$$;

CREATE FUNCTION return_pick(o orders, return_id uuid, b jsonb, staff boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	wrong record;
BEGIN
	IF coalesce(b->'lines', 'null') = 'null' THEN
		INSERT INTO order_return_line (return_id, line, quantity)
		SELECT return_pick.return_id, p.line, p.open FROM return_open(o.id) p
		WHERE p.open > 0 AND (staff OR p.in_time);
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_nothing_open',
				MESSAGE = format('Nothing of order %s can be returned.', o.number),
				HINT = 'Only what was shipped, not too long ago, and is not in another return.';
		END IF;
		RETURN;
	END IF;
	SELECT p.*, w.quantity INTO wrong
	FROM order_pick(o.id, b->'lines') w JOIN return_open(o.id) p ON p.line = w.line
	WHERE w.quantity > p.open OR NOT (staff OR p.in_time) LIMIT 1;
	IF wrong.quantity > wrong.open THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_too_much',
			MESSAGE = format('Of line %s (%s) %s can be returned, not %s.', wrong.line, wrong.sku,
				wrong.open, wrong.quantity),
			HINT = 'Only what was shipped and is not in another return.';
	ELSIF wrong.line IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_too_late',
			MESSAGE = format('Line %s (%s) was shipped too long ago.', wrong.line, wrong.sku),
			HINT = 'Ask the shop: its staff may take it back.';
	END IF;
	INSERT INTO order_return_line (return_id, line, quantity, reason)
	SELECT return_pick.return_id, w.line, w.quantity, (SELECT min(e->>'reason')
		FROM jsonb_array_elements(b->'lines') e
		JOIN order_line l ON l.order_id = o.id AND l.line = w.line AND order_line_is(l, e))
	FROM order_pick(o.id, b->'lines') w;
END
$$;

-- --- exchanges ---------------------------------------------------------------------------------------

-- Replacements that catalogd has to be asked for first; NULL: none.
CREATE FUNCTION return_unquoted(wanted jsonb) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT json_agg(DISTINCT e->>'sku')
		FROM jsonb_array_elements(CASE WHEN jsonb_typeof(wanted) = 'array' THEN wanted ELSE '[]' END) e
		WHERE NOT EXISTS (SELECT FROM return_quote q
			WHERE q.sku = e->>'sku' AND q.asked_at > now() - interval '1 minute'));
END
$$;

-- What catalogd answered; of what it did not name there is no product.
CREATE FUNCTION return_store_quotes(skus jsonb, quotes jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO return_quote (sku, sold, price_amount, currency, asked_at)
	SELECT s.sku, coalesce(q.status = 'active' AND NOT q.hidden, false), (q.price->>'amount')::bigint,
		q.price->>'currency', now()
	FROM (SELECT DISTINCT e COLLATE "C" AS sku FROM jsonb_array_elements_text(skus) e) s
	LEFT JOIN jsonb_to_recordset(quotes) AS q(sku text, status text, hidden boolean, price jsonb)
		ON q.sku = s.sku
	ORDER BY s.sku
	ON CONFLICT (sku) DO UPDATE SET sold = excluded.sold, price_amount = excluded.price_amount,
		currency = excluded.currency, asked_at = excluded.asked_at;
END
$$;

CREATE FUNCTION return_refuse_dearer(r order_return, worth bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	wanted bigint := (SELECT sum(e.worth) FROM order_return_exchange e WHERE e.return_id = r.id);
BEGIN
	IF wanted > worth THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_exchange_dearer',
			MESSAGE = format('The replacements of return %s cost %s minor units, what comes back cost %s.',
				r.number, wanted, worth),
			HINT = 'Refund it ("exchange": false), and make a draft order for the replacements.';
	END IF;
END
$$;

-- The same SKU costs what was paid for the pieces that come back, everything else what it costs now.
CREATE FUNCTION return_want(r order_return, o orders, wanted jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	missing text;
BEGIN
	SELECT min(e->>'sku') INTO missing FROM jsonb_array_elements(wanted) e
	WHERE NOT EXISTS (SELECT FROM return_quote q WHERE q.sku = e->>'sku' AND q.sold
		AND q.currency = o.currency);
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'return_exchange_unavailable',
			MESSAGE = format('There is no "%s" for sale in %s.', missing, o.currency);
	END IF;
	INSERT INTO order_return_exchange (return_id, sku, quantity, price_amount, worth)
	SELECT r.id, w.sku, w.quantity, coalesce(same.price_amount, q.price_amount),
		round_half_even(coalesce(same.worth, 0)::numeric * least(w.quantity, coalesce(same.quantity, 0)),
			coalesce(same.quantity, 1))
		+ rest.amount + CASE WHEN o.tax_inclusive THEN 0
			ELSE tax_of(rest.amount, o.tax_rate_ppm, false) END
	FROM (SELECT e->>'sku' AS sku, sum((e->>'quantity')::bigint)::bigint AS quantity
		FROM jsonb_array_elements(wanted) e GROUP BY 1) w
	JOIN return_quote q ON q.sku = w.sku
	LEFT JOIN LATERAL (SELECT x.quantity, l.price_amount,
			return_line_worth(o.id, x.line, x.quantity) AS worth
		FROM order_return_line x
		JOIN order_line l ON l.order_id = o.id AND l.line = x.line
		WHERE x.return_id = r.id AND l.sku = w.sku) same ON true
	CROSS JOIN LATERAL (SELECT q.price_amount
		* greatest(0, w.quantity - coalesce(same.quantity, 0)) AS amount) rest;
	PERFORM return_refuse_dearer(r, (SELECT sum(return_line_worth(o.id, x.line, x.quantity))::bigint
		FROM order_return_line x WHERE x.return_id = r.id));
END
$$;

-- The order of the replacements: priced as above, and all of it taken off.
CREATE FUNCTION return_exchange(r order_return, actor text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	b jsonb;
	t order_totals;
	new_id uuid := (left(order_id_at(clock_timestamp())::text, 14) || '7'
		|| substr(gen_random_uuid()::text, 16))::uuid; -- lists are in the order of ids
BEGIN
	SELECT * INTO o FROM orders WHERE id = r.order_id;
	SELECT jsonb_build_object('email', o.email, 'name', o.name, 'locale', o.locale,
		'shipping_method', o.shipping_method, 'shipping_address', o.shipping_address,
		'billing_address', o.billing_address, 'payment_token', 'exchange',
		'lines', jsonb_agg(jsonb_build_object('sku', e.sku, 'quantity', e.quantity,
			'price', jsonb_build_object('amount', e.price_amount, 'currency', o.currency),
			'discount', e.price_amount * e.quantity) ORDER BY e.sku))
	INTO b FROM order_return_exchange e WHERE e.return_id = r.id;
	t := totals_from(b->'lines', 0, o.tax_rate_ppm, o.tax_inclusive);
	t.tax_name := o.tax_name;
	PERFORM order_store(new_id, o.owner, b, t, 'exchange', r.id, actor);
	RETURN new_id;
END
$$;

-- --- what people do ----------------------------------------------------------------------------------

CREATE FUNCTION return_request(new_id uuid, wanted_order uuid, b jsonb, subject text, staff boolean)
RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	r order_return;
	wants boolean := jsonb_typeof(b->'exchange') = 'array';
BEGIN
	SELECT * INTO o FROM orders WHERE id = wanted_order FOR UPDATE;
	INSERT INTO order_return (id, order_id, paid_order, owner, kind, reason, note)
	SELECT new_id, o.id, coalesce((SELECT first.paid_order FROM order_return first
			WHERE first.id = o.origin AND o.kind = 'exchange'), o.id), o.owner,
		CASE WHEN wants THEN 'exchange' ELSE 'refund' END, b->>'reason', b->>'note'
	RETURNING * INTO r;
	PERFORM return_pick(o, r.id, b, staff);
	IF wants THEN
		PERFORM return_want(r, o, b->'exchange');
	END IF;
	PERFORM return_tell(r, 'requested', NULL, jsonb_build_object('kind', r.kind), subject);
	RETURN return_show(r.id, staff);
END
$$;

CREATE FUNCTION return_refuse_state(r order_return, wanted text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_not_open',
		MESSAGE = format('Return %s is %s, so it cannot be %s.', r.number, r.status, wanted),
		HINT = 'It is requested, approved or declined, received, and then refunded.';
END
$$;

-- Approved, declined, or cancelled, which the customer may do too.
CREATE FUNCTION return_decide(wanted uuid, expected bigint, decision text, b jsonb, subject text,
	staff boolean) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	r order_return := return_lock(wanted, expected);
	at_once boolean := decision = 'approved' AND coalesce((b->>'advance')::boolean, false);
BEGIN
	IF r.status <> 'requested' AND NOT (r.status = 'approved' AND decision = 'cancelled') THEN
		PERFORM return_refuse_state(r, decision);
	END IF;
	IF EXISTS (SELECT FROM orders WHERE id = r.exchange_order
		AND status NOT IN ('rejected', 'cancelled')) THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_exchange_open',
			MESSAGE = format('The replacements of return %s are ordered already.', r.number),
			HINT = 'Cancel their order first.';
	END IF;
	IF at_once AND r.kind <> 'exchange' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_no_exchange',
			MESSAGE = format('Return %s names no replacements.', r.number);
	END IF;
	UPDATE order_return SET status = decision, resolution = coalesce(b->>'resolution', resolution),
		exchange_order = CASE WHEN at_once THEN return_exchange(r, subject) END,
		version = version + 1, updated_at = now()
	WHERE id = r.id RETURNING * INTO r;
	PERFORM return_tell(r, decision, NULL, jsonb_build_object('exchange_order', (SELECT number
		FROM orders WHERE id = r.exchange_order)), subject);
	RETURN return_show(r.id, staff);
END
$$;

-- What was counted, of each line; what is not named came as it was announced.
CREATE FUNCTION return_counted(r order_return, counted jsonb) RETURNS TABLE (line integer, sku text,
	quantity bigint, received bigint, resellable bigint, refused bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT x.line, l.sku::text, x.quantity, n.received,
		coalesce(g.resellable, n.received - coalesce(g.damaged, 0))::bigint,
		coalesce(g.refused, 0)::bigint
	FROM order_return_line x
	JOIN order_line l ON l.order_id = r.order_id AND l.line = x.line
	CROSS JOIN LATERAL (SELECT sum((c->>'quantity')::bigint) AS received,
			sum((c->>'resellable')::bigint) AS resellable,
			sum((c->>'damaged')::bigint) AS damaged, sum((c->>'refused')::bigint) AS refused
		FROM jsonb_array_elements(counted) c WHERE order_line_is(l, c)) g
	CROSS JOIN LATERAL (SELECT coalesce(g.received,
		greatest(0, x.quantity - coalesce(g.refused, 0)))::bigint AS received) n
	WHERE x.return_id = r.id;
END
$$;

CREATE FUNCTION return_count(r order_return, counted jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	unknown text;
	wrong record;
BEGIN
	SELECT coalesce(c->>'sku', c->>'line', '') INTO unknown
	FROM jsonb_array_elements(counted) c
	WHERE NOT EXISTS (SELECT FROM order_return_line x
		JOIN order_line l ON l.order_id = r.order_id AND l.line = x.line
		WHERE x.return_id = r.id AND order_line_is(l, c)) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'return_line_unknown',
			MESSAGE = format('Return %s has no line "%s".', r.number, unknown),
			HINT = 'Name each by `line` or by `sku`; make another return of what else came.';
	END IF;
	SELECT k.* INTO wrong FROM return_counted(r, counted) k
	WHERE k.received + k.refused > k.quantity OR k.resellable NOT BETWEEN 0 AND k.received LIMIT 1;
	IF wrong.received + wrong.refused > wrong.quantity THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_received_too_much',
			MESSAGE = format('Return %s is about %s of line %s (%s), not %s.', r.number,
				wrong.quantity, wrong.line, wrong.sku, wrong.received + wrong.refused),
			HINT = 'Make another return of what else came.';
	ELSIF wrong.line IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'return_line_resellable',
			MESSAGE = format('Of line %s (%s) %s came, so %s cannot be resellable.', wrong.line,
				wrong.sku, wrong.received, wrong.resellable),
			HINT = 'What is damaged is part of what came.';
	END IF;
	UPDATE order_return_line x SET received = k.received, resellable = k.resellable,
		refused = k.refused, amount = return_line_worth(r.order_id, k.line, k.received)
	FROM return_counted(r, counted) k WHERE x.return_id = r.id AND x.line = k.line;
END
$$;

CREATE FUNCTION return_receive(wanted uuid, expected bigint, b jsonb, subject text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	r order_return := return_lock(wanted, expected);
	came record;
	exchange uuid := r.exchange_order;
BEGIN
	IF r.status <> 'approved' THEN
		PERFORM return_refuse_state(r, 'received');
	END IF;
	PERFORM return_count(r, CASE WHEN jsonb_typeof(b->'lines') = 'array' THEN b->'lines' ELSE '[]' END);
	SELECT sum(received) AS pieces, sum(resellable) AS resellable, sum(amount)::bigint AS worth
	INTO came FROM order_return_line WHERE return_id = r.id;
	IF r.kind = 'exchange' AND exchange IS NULL AND coalesce((b->>'exchange')::boolean, true) THEN
		PERFORM return_refuse_dearer(r, came.worth);
		exchange := return_exchange(r, subject);
	END IF;
	UPDATE order_return SET status = 'received', received_at = now(), worth = came.worth,
		exchange_order = exchange, due_at = CASE WHEN came.resellable > 0 THEN now() END,
		version = version + 1, updated_at = now()
	WHERE id = r.id RETURNING * INTO r;
	PERFORM return_tell(r, 'received', r.worth, jsonb_build_object('pieces', came.pieces,
		'resellable', came.resellable, 'exchange_order', (SELECT number FROM orders
			WHERE id = exchange)), subject);
	RETURN return_show(r.id, true);
END
$$;
