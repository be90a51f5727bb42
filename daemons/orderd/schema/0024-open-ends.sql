-- Ends that were open: a draft that somebody deletes while it is placed, the link of a return to an exchange
-- order that was rejected, and pieces of the same kind that were refused for one minor unit of rounding.

-- As before; one that was deleted meanwhile is not there.
CREATE OR REPLACE FUNCTION draft_place(new_id uuid, wanted uuid, b jsonb, actor text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	d order_draft;
	t order_totals;
	o orders;
	token text;
BEGIN
	SELECT * INTO d FROM order_draft WHERE id = wanted FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC404', CONSTRAINT = 'draft_deleted',
			MESSAGE = 'The draft was deleted.';
	END IF;
	PERFORM draft_expect_open(d);
	token := coalesce(draft_token(b), d.payment_token);
	t := draft_totals(d.lines, d.body);
	PERFORM order_expect(t, b->'total');
	IF token IS NULL AND t.total_amount > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'draft_payment_missing',
			MESSAGE = format('Draft %s does not say how it is paid.', d.number),
			HINT = 'Give `payment_method` or `payment_token`.';
	END IF;
	o := order_store(new_id, d.owner, d.body || jsonb_build_object('lines', d.lines,
		'payment_token', token, 'shipping_method', coalesce(d.body->>'shipping_method', 'custom')),
		t, 'draft', d.id, actor);
	UPDATE order_draft SET status = 'placed', order_id = o.id, version = version + 1, updated_at = now()
	WHERE id = d.id;
	IF d.body->>'note' IS NOT NULL THEN
		INSERT INTO order_note (id, order_id, text, public, author)
		VALUES (gen_random_uuid(), o.id, d.body->>'note', false, actor);
	END IF;
	RETURN order_body(o, true);
END
$$;

-- As before; a link that is there stays.
CREATE OR REPLACE FUNCTION return_decide(wanted uuid, expected bigint, decision text, b jsonb, subject text,
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
		exchange_order = CASE WHEN at_once THEN return_exchange(r, subject) ELSE exchange_order END,
		version = version + 1, updated_at = now()
	WHERE id = r.id RETURNING * INTO r;
	PERFORM return_tell(r, decision, NULL, jsonb_build_object('exchange_order', (SELECT number
		FROM orders WHERE id = r.exchange_order AND at_once)), subject);
	RETURN return_show(r.id, staff);
END
$$;

-- As before, but for what rounding adds.
CREATE OR REPLACE FUNCTION return_refuse_dearer(r order_return, worth bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	wanted bigint := (SELECT sum(e.worth) FROM order_return_exchange e WHERE e.return_id = r.id);
BEGIN
	-- Shares of a line are rounded one by one: pieces of the same kind may come to one unit more.
	IF wanted > worth + (SELECT count(*) FROM order_return_exchange e WHERE e.return_id = r.id
		AND EXISTS (SELECT FROM order_return_line x JOIN order_line l ON l.order_id = r.order_id
			AND l.line = x.line WHERE x.return_id = r.id AND l.sku = e.sku)) THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'return_exchange_dearer',
			MESSAGE = format('The replacements of return %s cost %s minor units, what comes back cost %s.',
				r.number, wanted, worth),
			HINT = 'Refund it ("exchange": false), and make a draft order for the replacements.';
	END IF;
END
$$;
