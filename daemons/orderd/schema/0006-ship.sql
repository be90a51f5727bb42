-- Shipments and cancellations: asked for here, done by workers, settled here.

CREATE FUNCTION order_open(o orders) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF o.status <> 'confirmed' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_not_open',
			MESSAGE = format('Order %s is %s%s.', o.number, o.status,
				CASE WHEN o.step = 'releasing' THEN ' and being released' ELSE '' END),
			HINT = 'Only what is confirmed can be shipped, and only what is not done can be cancelled.';
	END IF;
END
$$;

-- Whether it is the line that is meant: by its number, by its SKU, or by both if they agree.
CREATE FUNCTION order_line_is(l order_line, wanted jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT wanted ?| '{line,sku}' AND coalesce(l.line = (wanted->>'line')::bigint, true)
		AND coalesce(l.sku = wanted->>'sku', true)
$$;

-- Line numbers and quantities, each line once: those that were asked for, by line or SKU, or all that
-- is open. Refuses more than is open.
CREATE FUNCTION order_pick(wanted_order uuid, wanted jsonb) RETURNS TABLE (line integer, quantity bigint)
LANGUAGE plpgsql AS $$
DECLARE
	wrong text;
BEGIN
	SELECT coalesce(w->>'sku', w->>'line', '') INTO wrong
	FROM jsonb_array_elements(wanted) w
	WHERE NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = wanted_order
		AND order_line_is(l, w)) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'order_line_unknown',
			MESSAGE = format('The order has no line "%s".', wrong),
			HINT = 'Name each by `line` or by `sku`.';
	END IF;
	RETURN QUERY
	SELECT l.line, coalesce(w.quantity, l.quantity - l.cancelled - l.shipped - l.under_way)
	FROM order_line l
	LEFT JOIN (SELECT k.line, sum((e->>'quantity')::bigint)::bigint AS quantity
		FROM jsonb_array_elements(wanted) e
		JOIN order_line k ON k.order_id = wanted_order AND order_line_is(k, e)
		GROUP BY k.line) w ON w.line = l.line
	WHERE l.order_id = wanted_order AND CASE WHEN wanted IS NULL
		THEN l.quantity > l.cancelled + l.shipped + l.under_way ELSE w.line IS NOT NULL END
	ORDER BY l.line;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_nothing_open',
			MESSAGE = 'Nothing of the order is left to ship or to cancel.';
	END IF;
END
$$;

-- Takes quantities out of what is open, until the worker is done with them.
CREATE FUNCTION order_set_aside(wanted_order uuid, picked_line integer, picked bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	l order_line;
BEGIN
	SELECT * INTO l FROM order_line WHERE order_id = wanted_order AND line = picked_line;
	IF l.cancelled + l.shipped + l.under_way + picked > l.quantity THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_line_not_open',
			MESSAGE = format('Of line %s (%s) %s are open, not %s.', l.line, l.sku,
				l.quantity - l.cancelled - l.shipped - l.under_way, picked);
	END IF;
	UPDATE order_line SET under_way = under_way + picked
	WHERE order_id = wanted_order AND line = picked_line;
END
$$;

-- What shipping so many of a line costs: all that was shipped, rounded, less what earlier shipments
-- took, so that the last one takes the remainder.
CREATE FUNCTION order_line_amount(wanted_order uuid, picked_line integer, picked bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT (round_half_even(l.total_amount::numeric * (sum(coalesce(s.quantity, 0)) + picked),
			l.quantity) - sum(coalesce(s.amount, 0)))::bigint
		FROM order_line l
		LEFT JOIN (SELECT x.line, x.quantity, x.amount FROM shipment_line x
			JOIN shipment s ON s.id = x.shipment_id AND s.status <> 'refused'
			WHERE s.order_id = wanted_order) s ON s.line = l.line
		WHERE l.order_id = wanted_order AND l.line = picked_line
		GROUP BY l.total_amount, l.quantity);
END
$$;

CREATE FUNCTION shipment_show(shipment_id uuid) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT to_json(r) FROM (
		SELECT s.id, o.id AS "order", o.number, s.status, s.reason, s.carrier, s.tracking,
			ROW(s.amount, o.currency)::money_amount AS amount,
			(SELECT json_agg(l ORDER BY l.line) FROM (
				SELECT line, quantity FROM shipment_line x WHERE x.shipment_id = s.id) l) AS lines,
			s.attempt, s.last_error, s.created_at, s.shipped_at
		FROM shipment s JOIN orders o ON o.id = s.order_id
		WHERE s.id = shipment_show.shipment_id
	) r
$$;

CREATE FUNCTION cancellation_show(cancellation_id uuid) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT to_json(r) FROM (
		SELECT c.id, o.id AS "order", o.number, c.status, o.status AS order_status, c.reason,
			c.restock,
			(SELECT json_agg(l ORDER BY l.line) FROM (
				SELECT line, quantity FROM cancellation_line x
				WHERE x.cancellation_id = c.id) l) AS lines,
			c.attempt, c.last_error, c.created_at
		FROM cancellation c JOIN orders o ON o.id = c.order_id
		WHERE c.id = cancellation_show.cancellation_id
	) r
$$;

CREATE FUNCTION order_ship(new_id uuid, wanted_order uuid, b jsonb, subject text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	first boolean;
BEGIN
	SELECT * INTO o FROM orders WHERE id = wanted_order FOR UPDATE;
	PERFORM order_open(o);
	IF o.held_at IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_held',
			MESSAGE = format('Order %s is held.', o.number),
			HINT = 'Resume it first.';
	END IF;
	IF o.payment_status IN ('declined', 'cancelled', 'failed') THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_unpaid',
			MESSAGE = format('The payment of order %s is gone: %s.', o.number, o.payment_status),
			HINT = 'Cancel the order; the customer can order again.';
	END IF;
	first := NOT EXISTS (SELECT FROM shipment WHERE order_id = o.id AND status <> 'refused'
		AND shipping_amount > 0);
	INSERT INTO shipment (id, order_id, carrier, tracking, shipping_amount, amount, due_at, actor)
	VALUES (new_id, o.id, b->>'carrier', b->>'tracking', CASE WHEN first THEN o.shipping_amount
		+ CASE WHEN o.tax_inclusive THEN 0 ELSE o.shipping_tax END ELSE 0 END, 0, now(), subject);
	INSERT INTO shipment_line (shipment_id, line, quantity, amount)
	SELECT new_id, p.line, p.quantity, order_line_amount(o.id, p.line, p.quantity)
	FROM order_pick(o.id, b->'lines') p;
	PERFORM order_set_aside(o.id, line, quantity) FROM shipment_line WHERE shipment_id = new_id;
	UPDATE shipment SET amount = shipping_amount + (SELECT sum(l.amount) FROM shipment_line l
		WHERE shipment_id = new_id) WHERE id = new_id;
	UPDATE orders SET version = version + 1, updated_at = now() WHERE id = o.id RETURNING * INTO o;
	PERFORM order_remember(o, 'shipment_requested', jsonb_build_object('shipment', new_id,
		'carrier', b->>'carrier', 'tracking', b->>'tracking'), subject);
	RETURN shipment_show(new_id);
END
$$;

-- A pending order is called off as a whole, by the saga; of a confirmed one what is not shipped.
CREATE FUNCTION order_cancel(new_id uuid, wanted_order uuid, b jsonb, subject text, staff boolean)
RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
BEGIN
	SELECT * INTO o FROM orders WHERE id = wanted_order FOR UPDATE;
	IF o.step IN ('check', 'authorizing') AND coalesce(b->'lines', 'null') = 'null' THEN
		INSERT INTO cancellation (id, order_id, reason, restock, status, actor)
		VALUES (new_id, o.id, b->>'reason', true, 'done', subject);
		INSERT INTO cancellation_line (cancellation_id, line, quantity)
		SELECT new_id, line, quantity FROM order_line WHERE order_id = o.id;
		PERFORM order_begin_release(o.id, 'cancelled', b->>'reason', NULL, subject);
		RETURN cancellation_show(new_id);
	END IF;
	PERFORM order_open(o);
	IF NOT staff AND EXISTS (SELECT FROM shipment WHERE order_id = o.id AND status <> 'refused') THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_shipped',
			MESSAGE = format('Order %s is being shipped.', o.number),
			HINT = 'Ask the shop, or send it back.';
	END IF;
	INSERT INTO cancellation (id, order_id, reason, restock, due_at, actor)
	VALUES (new_id, o.id, b->>'reason', NOT staff OR coalesce((b->>'restock')::boolean, true), now(),
		subject); -- only staff know that pieces are gone
	INSERT INTO cancellation_line (cancellation_id, line, quantity)
	SELECT new_id, p.line, p.quantity FROM order_pick(o.id, nullif(b->'lines', 'null')) p;
	PERFORM order_set_aside(o.id, line, quantity) FROM cancellation_line
	WHERE cancellation_id = new_id;
	UPDATE orders SET version = version + 1, updated_at = now() WHERE id = o.id RETURNING * INTO o;
	PERFORM order_remember(o, 'cancellation_requested', jsonb_build_object('cancellation', new_id,
		'reason', b->>'reason'), subject);
	RETURN cancellation_show(new_id);
END
$$;

-- Done when nothing is open any more: completed when something was shipped, else cancelled.
CREATE FUNCTION order_finish(o orders, why text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	after orders;
BEGIN
	IF o.status <> 'confirmed' OR o.units_cancelled + o.units_shipped < o.units THEN
		RETURN;
	END IF;
	UPDATE orders SET status = CASE WHEN units_shipped > 0 THEN 'completed' ELSE 'cancelled' END,
		reason = CASE WHEN units_shipped > 0 THEN reason ELSE why END, held_at = NULL,
		hold_reason = NULL, short = false, version = version + 1, updated_at = now()
	WHERE id = o.id RETURNING * INTO after;
	PERFORM order_tell(after, after.status, jsonb_build_object('reason', after.reason), 'orderd');
END
$$;

CREATE FUNCTION order_publish_shipment(o orders, s shipment) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'orders.shipment.shipped', o.id, o.version, to_json(e)
	FROM (SELECT o.id AS "order", o.number, o.owner, o.status, o.fulfilment, s.id AS shipment,
		s.carrier, ROW(s.amount, o.currency)::money_amount AS amount,
		(SELECT json_agg(l ORDER BY l.line) FROM (SELECT x.line, sku, x.quantity
			FROM shipment_line x JOIN order_line k ON k.order_id = o.id AND k.line = x.line
			WHERE x.shipment_id = s.id) l) AS lines,
		o.version) e;
END
$$;

-- Outcome shipped (with what paymentd answered in `capture`), refused (with a reason) or retry.
CREATE FUNCTION order_settle_shipments(results jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	result record;
	s shipment;
	o orders;
BEGIN
	FOR result IN
		SELECT r.*, x.order_id FROM jsonb_to_recordset(results) AS r(id uuid, attempt integer,
			outcome text, reason text, capture text, why text) JOIN shipment x USING (id)
		ORDER BY x.order_id, x.seq
	LOOP
		SELECT * INTO o FROM orders WHERE id = result.order_id FOR UPDATE;
		IF result.outcome = 'retry' THEN
			UPDATE shipment SET due_at = now() + order_backoff(result.attempt),
				last_error = result.why
			WHERE id = result.id AND attempt = result.attempt AND status = 'pending';
			CONTINUE;
		END IF;
		UPDATE shipment SET status = result.outcome, due_at = NULL, last_error = NULL,
			reason = result.reason, capture = result.capture,
			shipped_at = CASE WHEN result.outcome = 'shipped' THEN now() END
		WHERE id = result.id AND attempt = result.attempt AND status = 'pending'
		RETURNING * INTO s;
		CONTINUE WHEN NOT FOUND;
		UPDATE order_line l SET under_way = under_way - x.quantity,
			shipped = shipped + CASE WHEN s.status = 'shipped' THEN x.quantity ELSE 0 END
		FROM shipment_line x
		WHERE x.shipment_id = s.id AND l.order_id = o.id AND l.line = x.line;
		UPDATE orders SET units_shipped = (SELECT sum(shipped) FROM order_line
			WHERE order_id = o.id), version = version + 1, updated_at = now()
		WHERE id = o.id RETURNING * INTO o;
		PERFORM order_remember(o, CASE s.status WHEN 'shipped' THEN 'shipped'
			ELSE 'shipment_refused' END, jsonb_build_object('shipment', s.id,
			'amount', s.amount, 'capture', s.capture, 'reason', s.reason), 'orderd');
		IF s.status = 'shipped' THEN
			PERFORM order_publish_shipment(o, s);
			PERFORM order_finish(o, NULL);
		END IF;
	END LOOP;
END
$$;

CREATE FUNCTION order_settle_cancellations(results jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	result record;
	c cancellation;
	o orders;
BEGIN
	FOR result IN
		SELECT r.*, x.order_id FROM jsonb_to_recordset(results) AS r(id uuid, attempt integer,
			why text) JOIN cancellation x USING (id)
		ORDER BY x.order_id, x.seq
	LOOP
		SELECT * INTO o FROM orders WHERE id = result.order_id FOR UPDATE;
		IF result.why IS NOT NULL THEN
			UPDATE cancellation SET due_at = now() + order_backoff(result.attempt),
				last_error = result.why
			WHERE id = result.id AND attempt = result.attempt AND status = 'pending';
			CONTINUE;
		END IF;
		UPDATE cancellation SET status = 'done', due_at = NULL, last_error = NULL
		WHERE id = result.id AND attempt = result.attempt AND status = 'pending'
		RETURNING * INTO c;
		CONTINUE WHEN NOT FOUND;
		UPDATE order_line l SET under_way = under_way - x.quantity, cancelled = cancelled + x.quantity
		FROM cancellation_line x
		WHERE x.cancellation_id = c.id AND l.order_id = o.id AND l.line = x.line;
		UPDATE orders SET units_cancelled = (SELECT sum(cancelled) FROM order_line
			WHERE order_id = o.id), version = version + 1, updated_at = now()
		WHERE id = o.id RETURNING * INTO o;
		PERFORM order_remember(o, 'lines_cancelled', jsonb_build_object('cancellation', c.id,
			'reason', c.reason), 'orderd');
		PERFORM order_finish(o, c.reason);
	END LOOP;
END
$$;

-- Nothing of the order was asked for before this and is not done: they are done one after the other.
CREATE FUNCTION order_is_next(wanted_order uuid, mine bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT NOT EXISTS (SELECT FROM shipment WHERE order_id = wanted_order AND due_at IS NOT NULL
				AND seq < mine)
			AND NOT EXISTS (SELECT FROM cancellation WHERE order_id = wanted_order
				AND due_at IS NOT NULL AND seq < mine));
END
$$;

-- What is due, and all that its step needs. `final`: after it nothing of the order is left to ship or in
-- work. Read after the claim, in a statement of its own: the one that called us does not see what
-- was committed since it began.
CREATE FUNCTION shipment_claim(batch integer, lease_ms bigint) RETURNS TABLE (id uuid,
	attempt integer, "order" uuid, number text, payment uuid, amount bigint, lines json,
	final boolean)
LANGUAGE plpgsql AS $$
DECLARE
	claimed uuid[];
BEGIN
	IF NOT EXISTS (SELECT FROM shipment x WHERE x.due_at <= now()) THEN
		RETURN;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	WITH due AS (
		SELECT x.id FROM shipment x WHERE x.due_at <= now() AND order_is_next(x.order_id, x.seq)
		ORDER BY x.due_at LIMIT batch FOR UPDATE SKIP LOCKED
	), taken AS (
		UPDATE shipment x SET attempt = x.attempt + 1,
			due_at = now() + lease_ms * interval '1 millisecond'
		FROM due WHERE x.id = due.id
		RETURNING x.id
	)
	SELECT array_agg(taken.id) INTO claimed FROM taken;
	RETURN QUERY
	SELECT s.id, s.attempt, s.order_id, o.number, o.payment_id, s.amount,
		(SELECT json_agg(l ORDER BY l.line) FROM (
			SELECT x.line, x.quantity FROM shipment_line x
			WHERE x.shipment_id = s.id) l),
		NOT EXISTS (
			SELECT FROM order_line l
			LEFT JOIN shipment_line x ON x.shipment_id = s.id AND x.line = l.line
			WHERE l.order_id = s.order_id
				AND l.cancelled + l.shipped + coalesce(x.quantity, 0) < l.quantity)
	FROM shipment s
	JOIN orders o ON o.id = s.order_id
	WHERE s.id = ANY(claimed)
	ORDER BY s.id;
END
$$;

CREATE FUNCTION cancellation_claim(batch integer, lease_ms bigint) RETURNS TABLE (id uuid,
	attempt integer, "order" uuid, number text, payment uuid, reason text, restock boolean, lines json,
	final boolean)
LANGUAGE plpgsql AS $$
DECLARE
	claimed uuid[];
BEGIN
	IF NOT EXISTS (SELECT FROM cancellation x WHERE x.due_at <= now()) THEN
		RETURN;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	WITH due AS (
		SELECT x.id FROM cancellation x WHERE x.due_at <= now() AND order_is_next(x.order_id, x.seq)
		ORDER BY x.due_at LIMIT batch FOR UPDATE SKIP LOCKED
	), taken AS (
		UPDATE cancellation x SET attempt = x.attempt + 1,
			due_at = now() + lease_ms * interval '1 millisecond'
		FROM due WHERE x.id = due.id
		RETURNING x.id
	)
	SELECT array_agg(taken.id) INTO claimed FROM taken;
	RETURN QUERY
	SELECT c.id, c.attempt, c.order_id, o.number, o.payment_id, c.reason, c.restock,
		(SELECT json_agg(l ORDER BY l.line) FROM (
			SELECT x.line, x.quantity FROM cancellation_line x
			WHERE x.cancellation_id = c.id) l),
		NOT EXISTS (
			SELECT FROM order_line l
			LEFT JOIN cancellation_line x ON x.cancellation_id = c.id AND x.line = l.line
			WHERE l.order_id = c.order_id
				AND l.cancelled + l.shipped + coalesce(x.quantity, 0) < l.quantity)
	FROM cancellation c
	JOIN orders o ON o.id = c.order_id
	WHERE c.id = ANY(claimed)
	ORDER BY c.id;
END
$$;

-- A held order does not ship.
CREATE FUNCTION order_set_hold(wanted_order uuid, hold boolean, why text, subject text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
BEGIN
	SELECT * INTO o FROM orders WHERE id = wanted_order FOR UPDATE;
	IF o.status NOT IN ('pending', 'confirmed') THEN
		PERFORM order_open(o);
	END IF;
	IF (o.held_at IS NOT NULL) = hold THEN
		RETURN;
	END IF;
	UPDATE orders SET held_at = CASE WHEN hold THEN now() END, hold_reason = why,
		version = version + 1, updated_at = now()
	WHERE id = o.id RETURNING * INTO o;
	PERFORM order_tell(o, CASE WHEN hold THEN 'held' ELSE 'resumed' END,
		jsonb_build_object('reason', why), subject);
END
$$;

-- A count found less than was allocated: these orders may not be shippable as they are.
CREATE FUNCTION order_mark_short(event jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
BEGIN
	FOR o IN SELECT * FROM orders
		WHERE id IN (SELECT as_uuid(e) FROM jsonb_array_elements_text(event->'orders') e)
			AND status IN ('pending', 'confirmed') AND NOT short
		ORDER BY id FOR UPDATE
	LOOP
		UPDATE orders SET short = true, version = version + 1, updated_at = now()
		WHERE id = o.id RETURNING * INTO o;
		PERFORM order_remember(o, 'short', jsonb_build_object('sku', event->>'sku',
			'location', event->>'location'), 'catalogd');
	END LOOP;
END
$$;

CREATE FUNCTION order_hold_body(wanted_order uuid, hold boolean, why text, subject text) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM order_set_hold(wanted_order, hold, why, subject);
	RETURN order_show(wanted_order, true);
END
$$;
