-- The saga of a pending order. Every function locks the order's row before it looks, and changes
-- nothing when the order has moved on meanwhile.

-- Ends the waiting for a payment, one way or the other, by what paymentd has said so far.
CREATE FUNCTION order_decide(o orders) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	after orders;
BEGIN
	IF o.step IS DISTINCT FROM 'authorizing' THEN
		RETURN;
	END IF;
	IF o.payment_status IN ('authorized', 'captured') THEN
		UPDATE orders SET status = 'confirmed', step = NULL, due_at = NULL, attempt = 0,
			last_error = NULL, next_action = NULL, payment_token = NULL,
			version = version + 1, updated_at = now()
		WHERE id = o.id RETURNING * INTO after;
		PERFORM order_tell_confirmed(after);
	ELSIF o.payment_status IN ('declined', 'cancelled', 'failed') THEN
		PERFORM order_begin_release(o.id, 'rejected', CASE o.payment_status
				WHEN 'declined' THEN 'payment_declined'
				WHEN 'cancelled' THEN 'payment_cancelled'
				ELSE 'payment_failed' END,
			CASE WHEN o.payment_reason IS NOT NULL
				THEN jsonb_build_object('payment_reason', o.payment_reason) END, 'paymentd');
	END IF;
END
$$;

CREATE FUNCTION order_tell_confirmed(o orders) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM order_tell(o, 'confirmed', jsonb_build_object('payment', o.payment_id,
		'authorized', o.authorized_amount, 'captured', o.captured_amount), 'orderd');
END
$$;

-- What was, or may have been, taken is given back first; then the order ends.
CREATE FUNCTION order_begin_release(order_id uuid, ending text, reason text, detail jsonb, actor text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	after orders;
BEGIN
	UPDATE orders o SET step = 'releasing', ending = order_begin_release.ending,
		reason = order_begin_release.reason, detail = order_begin_release.detail,
		due_at = now(), attempt = 0, last_error = NULL, next_action = NULL,
		version = version + 1, updated_at = now()
	WHERE id = order_id AND step IN ('check', 'authorizing') RETURNING * INTO after;
	IF FOUND THEN
		PERFORM order_remember(after, 'releasing', jsonb_build_object('reason', reason) ||
			coalesce(detail, '{}'), actor);
	END IF;
END
$$;

-- The state of a payment, as an entry of payment-outcomes. Only what is newer than what is known. An
-- authorization that is waited for confirms the order in the same update: that is the usual way.
CREATE FUNCTION order_take_payment(p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	confirms boolean;
BEGIN
	SELECT * INTO o FROM orders
	WHERE id = as_uuid(p->>'order') AND payment_id = as_uuid(p->>'payment') FOR UPDATE;
	IF NOT FOUND OR (p->>'version')::bigint <= o.payment_version THEN
		RETURN;
	END IF;
	confirms := o.step IS NOT DISTINCT FROM 'authorizing'
		AND p->>'status' IN ('authorized', 'captured');
	UPDATE orders SET payment_status = p->>'status', payment_reason = p->>'reason',
		payment_version = (p->>'version')::bigint,
		authorized_amount = coalesce((p->>'authorized')::bigint, 0),
		captured_amount = coalesce((p->>'captured')::bigint, 0),
		refunded_amount = coalesce((p->>'refunded')::bigint, 0),
		refund_pending_amount = coalesce((p->>'refund_pending')::bigint, 0),
		next_action = CASE WHEN status = 'pending' AND p->>'status' = 'action_required'
			THEN nullif(p->'next_action', 'null') END,
		status = CASE WHEN confirms THEN 'confirmed' ELSE status END,
		step = CASE WHEN NOT confirms THEN step END,
		due_at = CASE WHEN NOT confirms THEN due_at END,
		attempt = CASE WHEN confirms THEN 0 ELSE attempt END,
		payment_token = CASE WHEN NOT confirms THEN payment_token END,
		last_error = NULL, version = version + 1, updated_at = now()
	WHERE id = o.id RETURNING * INTO o;
	IF confirms THEN
		PERFORM order_tell_confirmed(o);
		RETURN;
	END IF;
	PERFORM order_remember(o, 'payment', jsonb_build_object('status', o.payment_status,
		'reason', o.payment_reason, 'authorized', o.authorized_amount,
		'captured', o.captured_amount, 'refunded', o.refunded_amount,
		'refund_pending', o.refund_pending_amount), 'paymentd');
	PERFORM order_decide(o);
END
$$;

-- The usual case for many at once: what waited for its payment and has it is confirmed. The caller
-- holds the orders' rows. Answers the orders that were confirmed.
CREATE FUNCTION order_confirm_paid(events jsonb) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
	confirmed uuid[];
BEGIN
	WITH paid AS (
		SELECT DISTINCT ON (1) as_uuid(d->>'order') AS id, as_uuid(d->>'payment') AS payment,
			(d->>'version')::bigint AS version, d->>'status' AS status, d->>'reason' AS reason,
			coalesce((d->>'authorized')::bigint, 0) AS authorized,
			coalesce((d->>'captured')::bigint, 0) AS captured
		FROM (SELECT e->'data' AS d FROM jsonb_array_elements(events) e) x
		ORDER BY 1, 3 DESC
	), changed AS (
		UPDATE orders o SET payment_status = p.status, payment_reason = p.reason,
			payment_version = p.version, authorized_amount = p.authorized,
			captured_amount = p.captured, status = 'confirmed', step = NULL, due_at = NULL,
			attempt = 0, next_action = NULL, payment_token = NULL, last_error = NULL,
			version = o.version + 1, updated_at = now()
		FROM paid p
		WHERE o.id = p.id AND o.payment_id = p.payment AND o.step = 'authorizing'
		AND p.status = 'authorized' AND p.version > o.payment_version
		RETURNING o.id
	)
	SELECT array_agg(id ORDER BY id) INTO confirmed FROM changed;
	IF confirmed IS NULL THEN
		RETURN '{}';
	END IF;
	INSERT INTO order_event (order_id, version, kind, data, actor)
	SELECT o.id, o.version, 'confirmed', jsonb_build_object('payment', o.payment_id,
		'authorized', o.authorized_amount, 'captured', o.captured_amount), 'orderd'
	FROM orders o WHERE o.id = ANY (confirmed) ORDER BY o.id;
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'orders.order.confirmed', f."order", f.version, to_json(f)
	FROM order_fact f WHERE f."order" = ANY (confirmed) ORDER BY f."order";
	RETURN confirmed;
END
$$;

-- Of a batch of events; the orders are locked in the order in which the workers lock them.
CREATE FUNCTION order_take_payments(events jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	confirmed uuid[];
	p jsonb;
BEGIN
	PERFORM FROM orders
	WHERE id IN (SELECT as_uuid(e->'data'->>'order') FROM jsonb_array_elements(events) e)
	ORDER BY id FOR UPDATE;
	confirmed := order_confirm_paid(events);
	FOR p IN SELECT e->'data' FROM jsonb_array_elements(events) e
		WHERE as_uuid(e->'data'->>'order') <> ALL (confirmed)
		ORDER BY as_uuid(e->'data'->>'order'), (e->'data'->>'version')::bigint
	LOOP
		PERFORM order_take_payment(p);
	END LOOP;
END
$$;

-- Takes the rows of a step that are due and gives them a lease. Losing a claim costs nothing but the
-- lease, so it does not wait for the disk.
CREATE FUNCTION order_claim(wanted text, batch integer, lease_ms bigint) RETURNS SETOF orders
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM orders WHERE step = wanted AND due_at <= now()) THEN
		RETURN;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	RETURN QUERY
	WITH due AS (
		SELECT id FROM orders WHERE step = wanted AND due_at <= now()
		ORDER BY id LIMIT batch FOR UPDATE SKIP LOCKED
	)
	UPDATE orders o SET attempt = attempt + 1,
		due_at = now() + lease_ms * interval '1 millisecond'
	FROM due WHERE o.id = due.id
	RETURNING o.*;
END
$$;

-- With what a checkout needs. Read after the claim, in a statement of its own: the one that called us
-- does not see orders that were placed since it began.
CREATE FUNCTION checkout_claim(batch integer, lease_ms bigint) RETURNS TABLE (id uuid, attempt integer,
	number text, owner text, cart uuid, cart_version bigint, currency text, total bigint,
	payment uuid, token text, created_ms bigint, lines json)
LANGUAGE plpgsql AS $$
DECLARE
	claimed uuid[] := ARRAY(SELECT o.id FROM order_claim('check', batch, lease_ms) o);
BEGIN
	RETURN QUERY
	SELECT o.id, o.attempt, o.number, o.owner, o.cart_id, o.cart_version, o.currency,
		o.total_amount, o.payment_id, o.payment_token,
		(extract(epoch FROM o.created_at) * 1000)::bigint,
		(SELECT json_agg(l ORDER BY l.line) FROM (
			SELECT x.line, x.sku, x.quantity, x.price_amount AS price
			FROM order_line x WHERE x.order_id = o.id) l)
	FROM orders o WHERE o.id = ANY(claimed)
	ORDER BY o.id;
END
$$;

-- How long the next try waits: 200 ms, doubling to 5 s.
CREATE FUNCTION order_backoff(attempt integer) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
	SELECT least(0.2 * 2 ^ least(greatest(attempt, 1) - 1, 10), 5) * interval '1 second'
$$;

-- The usual case for many at once: everything was taken, and the payment is asked for. The caller holds
-- the orders' rows. Answers how many went on.
CREATE FUNCTION order_await_payments(results jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	moved uuid[];
	o orders;
BEGIN
	WITH changed AS (
		UPDATE orders x SET step = 'authorizing', due_at = now() + interval '500 milliseconds',
			attempt = 0, last_error = NULL, deadline = r.deadline,
			payment_status = coalesce(x.payment_status, 'pending'),
			version = x.version + 1, updated_at = now()
		FROM jsonb_to_recordset(results) AS r(id uuid, attempt integer, outcome text,
			deadline timestamptz)
		WHERE x.id = r.id AND r.outcome = 'authorizing' AND x.step = 'check'
		AND x.attempt = r.attempt
		RETURNING x.id
	)
	SELECT array_agg(id) INTO moved FROM changed;
	IF moved IS NULL THEN
		RETURN 0;
	END IF;
	UPDATE order_line l SET name = r.names->>(l.line - 1)
	FROM jsonb_to_recordset(results) AS r(id uuid, names jsonb)
	WHERE l.order_id = r.id AND r.id = ANY (moved);
	INSERT INTO order_event (order_id, version, kind, data, actor)
	SELECT x.id, x.version, 'allocated', jsonb_build_object('payment', x.payment_id), 'orderd'
	FROM orders x WHERE x.id = ANY (moved) ORDER BY x.id;
	-- What paymentd said before we were done here.
	FOR o IN SELECT * FROM orders x WHERE x.id = ANY (moved)
		AND (x.payment_status <> 'pending' OR x.total_amount = 0)
		ORDER BY x.id
	LOOP
		PERFORM order_decide(o);
	END LOOP;
	RETURN cardinality(moved);
END
$$;

-- What a checkout came to, for a whole batch: outcome `authorizing` (everything was taken, the
-- payment is asked for), `releasing` (no, and something may have been taken), `rejected` (no, and
-- nothing was) or `retry` (unknown).
CREATE FUNCTION order_settle_checkout(results jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	result record;
	o orders;
	settled integer;
BEGIN
	PERFORM FROM orders
	WHERE id IN (SELECT r.id FROM jsonb_to_recordset(results) AS r(id uuid))
	ORDER BY id FOR UPDATE;
	settled := order_await_payments(results);
	FOR result IN
		SELECT * FROM jsonb_to_recordset(results) AS r(id uuid, attempt integer, outcome text,
			reason text, detail jsonb, why text)
		WHERE outcome <> 'authorizing' ORDER BY id
	LOOP
		SELECT * INTO o FROM orders WHERE orders.id = result.id AND step = 'check'
			AND orders.attempt = result.attempt;
		CONTINUE WHEN NOT FOUND;
		settled := settled + 1;
		CASE result.outcome
		WHEN 'releasing' THEN
			PERFORM order_begin_release(o.id, 'rejected', result.reason, result.detail, 'orderd');
		WHEN 'rejected' THEN
			UPDATE orders SET status = 'rejected', step = NULL, due_at = NULL,
				reason = result.reason, detail = result.detail, payment_token = NULL,
				last_error = NULL, version = version + 1, updated_at = now()
			WHERE id = o.id RETURNING * INTO o;
			PERFORM order_tell(o, 'rejected', jsonb_build_object('reason', o.reason) ||
				coalesce(o.detail, '{}'), 'orderd');
		ELSE
			UPDATE orders SET due_at = now() + order_backoff(o.attempt), last_error = result.why
			WHERE id = o.id;
		END CASE;
	END LOOP;
	RETURN settled;
END
$$;

-- Outcomes that were asked for; those that are still open are asked for again, less and less often.
CREATE FUNCTION order_settle_outcomes(results jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM orders WHERE id IN (SELECT r.id FROM jsonb_to_recordset(results) AS r(id uuid))
	ORDER BY id FOR UPDATE;
	PERFORM order_take_payment(r.payment)
	FROM (SELECT payment FROM jsonb_to_recordset(results) AS r(id uuid, payment jsonb)
		WHERE payment IS NOT NULL ORDER BY id) r;
	UPDATE orders o SET due_at = now() + least(0.5 * 2 ^ least(o.attempt, 10), 5) * interval '1 second',
		last_error = r.why
	FROM jsonb_to_recordset(results) AS r(id uuid, attempt integer, why text)
	WHERE o.id = r.id AND o.attempt = r.attempt AND o.step = 'authorizing';
END
$$;

-- Orders whose time is up go the way of those that were declined.
CREATE FUNCTION order_expire(batch integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	late uuid;
BEGIN
	FOR late IN SELECT id FROM orders WHERE step IN ('check', 'authorizing') AND deadline <= now()
		ORDER BY deadline LIMIT batch FOR UPDATE SKIP LOCKED
	LOOP
		PERFORM order_begin_release(late, 'rejected', 'payment_expired', NULL, 'orderd');
	END LOOP;
END
$$;

-- Everything was given back, or it is not known (`why`).
CREATE FUNCTION order_settle_releases(results jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	result record;
	o orders;
BEGIN
	FOR result IN
		SELECT * FROM jsonb_to_recordset(results) AS r(id uuid, attempt integer, why text)
		ORDER BY id
	LOOP
		IF result.why IS NOT NULL THEN
			UPDATE orders SET due_at = now() + order_backoff(result.attempt), last_error = result.why
			WHERE id = result.id AND step = 'releasing' AND attempt = result.attempt;
			CONTINUE;
		END IF;
		UPDATE orders SET status = ending, step = NULL, due_at = NULL, payment_token = NULL,
			last_error = NULL, units_cancelled = CASE WHEN ending = 'cancelled' THEN units ELSE 0 END,
			version = version + 1, updated_at = now()
		WHERE id = result.id AND step = 'releasing' AND attempt = result.attempt
		RETURNING * INTO o;
		CONTINUE WHEN NOT FOUND;
		IF o.status = 'cancelled' THEN
			UPDATE order_line SET cancelled = quantity WHERE order_id = o.id;
		END IF;
		PERFORM order_tell(o, o.status, jsonb_build_object('reason', o.reason) ||
			coalesce(o.detail, '{}'), 'orderd');
	END LOOP;
END
$$;
