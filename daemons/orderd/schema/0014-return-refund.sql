-- The money of a return, and the work on returns: what is claimed by workers and settled.

-- What of the worth of a return went into its replacements. Those that were called off cost nothing.
CREATE FUNCTION return_exchanged(r order_return) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(sum(round_half_even(e.worth::numeric * (l.quantity - l.cancelled),
			l.quantity)), 0)::bigint
		FROM orders o
		JOIN order_line l ON l.order_id = o.id
		JOIN order_return_exchange e ON e.return_id = r.id AND e.sku = l.sku
		WHERE o.id = r.exchange_order AND o.status NOT IN ('rejected', 'cancelled'));
END
$$;

-- Replacements that are sent back: what they were sent for in advance, and did not come, is not worth
-- anything. The first of their returns have it taken off.
CREATE FUNCTION return_owing(r order_return) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	first order_return;
BEGIN
	SELECT x.* INTO first FROM order_return x JOIN orders o ON o.origin = x.id
	WHERE o.id = r.order_id AND o.kind = 'exchange';
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	RETURN greatest(0, return_exchanged(first) + return_owing(first) - coalesce(first.worth, 0)
		- (SELECT coalesce(sum(worth), 0) FROM order_return
			WHERE order_id = r.order_id AND (received_at, id) < (r.received_at, r.id)))::bigint;
END
$$;

-- What was charged for shipping, less what other returns gave back of it.
CREATE FUNCTION return_shipping(r order_return) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN greatest(0, (SELECT coalesce(sum(shipping_amount), 0) FROM shipment
			WHERE order_id = r.order_id AND status = 'shipped')
		- (SELECT coalesce(sum(f.shipping_amount), 0)
			FROM order_return x JOIN order_return_refund f ON f.return_id = x.id
			WHERE x.order_id = r.order_id AND f.status NOT IN ('failed', 'rejected')))::bigint;
END
$$;

CREATE TYPE return_sums AS (
	payment uuid,
	currency text,
	worth bigint, -- of the pieces that came back
	exchanged bigint, -- of that, in replacements; or of replacements, what they were sent for in vain
	shipping bigint, -- given back too
	fee bigint, -- kept
	amount bigint,
	most bigint, -- what is left of the payment
	refusal text -- why it cannot be refunded now; NULL: it can
);

-- What a refund of the return would be: the worth of what came back, or the amount that staff say.
CREATE FUNCTION return_calculate(r order_return, wanted bigint, with_shipping boolean, keep bigint)
RETURNS return_sums LANGUAGE plpgsql STABLE AS $$
DECLARE
	s return_sums;
	live text := (SELECT f.status FROM order_return_refund f
		WHERE f.return_id = r.id AND f.status NOT IN ('failed', 'rejected'));
BEGIN
	s.worth := coalesce(r.worth, 0);
	s.exchanged := return_exchanged(r) + return_owing(r);
	s.shipping := CASE WHEN with_shipping THEN return_shipping(r) ELSE 0 END;
	s.fee := coalesce(keep, 0);
	s.amount := coalesce(wanted, s.worth - s.exchanged + s.shipping - s.fee);
	-- Refunds of ours that are under way may be ahead of what we were told of the payment.
	SELECT o.payment_id, o.currency, o.captured_amount - o.refunded_amount
		- (SELECT greatest(o.refund_pending_amount,
				coalesce(sum(f.amount) FILTER (WHERE f.status IN ('requested', 'pending')), 0))
				+ coalesce(sum(f.amount) FILTER (WHERE f.status = 'asked'), 0)
			FROM order_return x JOIN order_return_refund f ON f.return_id = x.id
			WHERE x.paid_order = o.id)
	INTO s.payment, s.currency, s.most FROM orders o WHERE o.id = r.paid_order;
	s.refusal := CASE
		WHEN live IS NOT NULL THEN 'return_refund_once'
		WHEN r.status <> 'received' THEN 'return_not_received'
		WHEN (SELECT o.status = 'pending' FROM orders o WHERE o.id = r.exchange_order)
			THEN 'return_exchange_pending'
		WHEN s.amount <= 0 THEN 'return_nothing_to_refund'
		WHEN s.amount > s.most THEN 'return_refund_too_much' END;
	RETURN s;
END
$$;

CREATE FUNCTION return_refusal_text(r order_return, s return_sums) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE s.refusal
		WHEN 'return_refund_once' THEN format('Return %s has a refund that is not failed.', r.number)
		WHEN 'return_not_received' THEN format('Return %s is %s.', r.number, r.status)
		WHEN 'return_exchange_pending' THEN 'The order of the replacements is not decided yet.'
		WHEN 'return_nothing_to_refund' THEN format(
			'What came back is worth %s minor units, %s of it is exchanged, %s is kept.', s.worth,
			s.exchanged, s.fee)
		WHEN 'return_refund_too_much' THEN format(
			'Of the payment %s minor units can be refunded, not %s.', greatest(0, s.most), s.amount)
		END
$$;

CREATE FUNCTION return_preview(wanted uuid, amount bigint, shipping boolean, fee bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
	r order_return;
	s return_sums;
BEGIN
	SELECT * INTO r FROM order_return WHERE id = wanted;
	s := return_calculate(r, amount, shipping, fee);
	RETURN (SELECT to_json(p) FROM (
		SELECT r.number, r.order_id AS "order", r.status, s.payment,
			ROW(s.amount, s.currency)::money_amount AS amount,
			s.refusal IS NULL AS possible, s.refusal AS reason, return_refusal_text(r, s) AS detail,
			ROW(s.worth, s.currency)::money_amount AS worth,
			ROW(s.exchanged, s.currency)::money_amount AS exchanged,
			ROW(s.shipping, s.currency)::money_amount AS shipping,
			ROW(s.fee, s.currency)::money_amount AS fee,
			ROW(greatest(0, s.most), s.currency)::money_amount AS refundable) p);
END
$$;

-- One refund lives per return: two that are asked for at once are made one after the other, by the lock.
CREATE FUNCTION return_refund(new_id uuid, wanted uuid, expected bigint, b jsonb, subject text,
	scopes text[]) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	r order_return := return_lock(wanted, expected);
	s return_sums := return_calculate(r, (b->>'amount')::bigint, (b->>'shipping')::boolean,
		(b->>'fee')::bigint);
BEGIN
	IF s.refusal IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = s.refusal,
			MESSAGE = return_refusal_text(r, s),
			HINT = 'GET /v1/returns/{number}/refund-preview shows what is possible.';
	END IF;
	INSERT INTO order_return_refund (id, return_id, amount, goods, shipping_amount, fee, reason, actor,
		scopes, due_at)
	VALUES (new_id, r.id, s.amount, s.worth - s.exchanged, s.shipping, s.fee, b->>'reason', subject,
		scopes, now());
	UPDATE order_return SET version = version + 1, updated_at = now()
	WHERE id = r.id RETURNING * INTO r;
	PERFORM return_remember(r, 'refund_asked', jsonb_build_object('refund', new_id,
		'amount', s.amount), subject);
	RETURN return_show(r.id, true);
END
$$;

-- --- what workers do ---------------------------------------------------------------------------------

-- Takes rows that are due and gives them a lease; answers their ids. The table has id, due_at and attempt,
-- and, when they are done one after the other per order, order_id and seq. Losing a claim costs nothing
-- but the lease, so it does not wait for the disk.
CREATE FUNCTION claim_due(queue regclass, in_turn boolean, batch integer, lease_ms bigint)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
	is_due boolean;
	claimed uuid[];
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE due_at <= now())', queue) INTO is_due;
	IF NOT is_due THEN
		RETURN '{}';
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	EXECUTE format('WITH due AS (
			SELECT id FROM %1$s WHERE due_at <= now() AND %2$s
			ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
		), taken AS (
			UPDATE %1$s x SET attempt = x.attempt + 1, due_at = now() + $2
			FROM due WHERE x.id = due.id
			RETURNING x.id
		)
		SELECT coalesce(array_agg(id), ''{}'') FROM taken',
		queue, CASE WHEN in_turn THEN 'order_is_next(order_id, seq)' ELSE 'true' END)
	INTO claimed USING batch, lease_ms * interval '1 millisecond';
	RETURN claimed;
END
$$;

CREATE OR REPLACE FUNCTION shipment_claim(batch integer, lease_ms bigint) RETURNS TABLE (id uuid,
	attempt integer, "order" uuid, number text, payment uuid, amount bigint, lines json,
	final boolean)
LANGUAGE plpgsql AS $$
DECLARE
	claimed uuid[] := claim_due('shipment', true, batch, lease_ms);
BEGIN
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

CREATE OR REPLACE FUNCTION cancellation_claim(batch integer, lease_ms bigint) RETURNS TABLE (id uuid,
	attempt integer, "order" uuid, number text, payment uuid, reason text, restock boolean, lines json,
	final boolean)
LANGUAGE plpgsql AS $$
DECLARE
	claimed uuid[] := claim_due('cancellation', true, batch, lease_ms);
BEGIN
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

-- Returns that are to be put back into the stock: what is good enough to be sold again.
CREATE FUNCTION return_claim_restocks(batch integer, lease_ms bigint) RETURNS TABLE (id uuid,
	attempt integer, "order" uuid, number text, lines json)
LANGUAGE plpgsql AS $$
DECLARE
	claimed uuid[] := claim_due('order_return', false, batch, lease_ms);
BEGIN
	RETURN QUERY
	SELECT r.id, r.attempt, r.order_id, r.number,
		(SELECT json_agg(l ORDER BY l.line) FROM (
			SELECT x.line, k.sku, x.resellable AS quantity FROM order_return_line x
			JOIN order_line k ON k.order_id = r.order_id AND k.line = x.line
			WHERE x.return_id = r.id AND x.resellable > 0) l)
	FROM order_return r
	WHERE r.id = ANY(claimed)
	ORDER BY r.id;
END
$$;

CREATE FUNCTION return_claim_refunds(batch integer, lease_ms bigint) RETURNS TABLE (id uuid,
	attempt integer, of_return uuid, number text, "order" uuid, payment uuid, amount bigint, reason text,
	actor text, scopes json, lines json)
LANGUAGE plpgsql AS $$
DECLARE
	claimed uuid[] := claim_due('order_return_refund', false, batch, lease_ms);
BEGIN
	RETURN QUERY
	SELECT f.id, f.attempt, r.id, r.number, o.id, o.payment_id, f.amount, f.reason, f.actor,
		to_json(f.scopes), CASE WHEN r.order_id = o.id THEN (
			SELECT json_agg(l ORDER BY l.line) FROM (
				SELECT x.line, x.received AS quantity FROM order_return_line x
				WHERE x.return_id = r.id AND x.received > 0) l) END
	FROM order_return_refund f
	JOIN order_return r ON r.id = f.return_id
	JOIN orders o ON o.id = r.paid_order
	WHERE f.id = ANY(claimed)
	ORDER BY f.id;
END
$$;

-- Restocked, or it is not known (`why`).
CREATE FUNCTION return_settle_restocks(results jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	result record;
	r order_return;
BEGIN
	FOR result IN
		SELECT x.*, back.order_id FROM jsonb_to_recordset(results) AS x(id uuid, attempt integer, why text)
		JOIN order_return back USING (id) ORDER BY back.order_id, x.id
	LOOP
		PERFORM FROM orders WHERE id = result.order_id FOR UPDATE;
		IF result.why IS NOT NULL THEN
			UPDATE order_return SET due_at = now() + order_backoff(result.attempt),
				last_error = result.why
			WHERE id = result.id AND attempt = result.attempt AND due_at IS NOT NULL;
			CONTINUE;
		END IF;
		UPDATE order_return SET due_at = NULL, last_error = NULL, restocked_at = now(),
			version = version + 1, updated_at = now()
		WHERE id = result.id AND attempt = result.attempt AND due_at IS NOT NULL
		RETURNING * INTO r;
		CONTINUE WHEN NOT FOUND;
		PERFORM return_remember(r, 'restocked', NULL, 'orderd');
	END LOOP;
END
$$;

-- What paymentd says of a refund. States only go on: an older one that comes late changes nothing. One that
-- had succeeded may fail later, and then the return is open for another try.
CREATE FUNCTION return_take_refund(of_refund uuid, new_status text, new_failure text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	places constant text[] := '{asked,requested,pending,rejected,succeeded,failed}';
	r order_return;
	f order_return_refund;
BEGIN
	PERFORM FROM orders WHERE id = (SELECT x.order_id FROM order_return x
		JOIN order_return_refund y ON y.return_id = x.id WHERE y.id = of_refund) FOR UPDATE;
	SELECT * INTO f FROM order_return_refund WHERE id = of_refund FOR UPDATE;
	IF NOT FOUND OR f.status = 'rejected' OR array_position(places, new_status) IS NULL
		OR array_position(places, new_status) <= array_position(places, f.status) THEN
		RETURN;
	END IF;
	UPDATE order_return_refund SET status = new_status, failure = new_failure, last_error = NULL,
		due_at = CASE WHEN new_status IN ('requested', 'pending') THEN due_at END, updated_at = now()
	WHERE id = f.id;
	UPDATE order_return SET status = CASE WHEN new_status = 'succeeded' THEN 'refunded'
			WHEN status = 'refunded' THEN 'received' ELSE status END,
		version = version + 1, updated_at = now()
	WHERE id = f.return_id RETURNING * INTO r;
	IF new_status = 'succeeded' THEN
		PERFORM return_tell(r, 'refunded', f.amount, jsonb_build_object('refund', f.id), 'paymentd');
	ELSE
		PERFORM return_remember(r, 'refund_' || new_status, jsonb_build_object('refund', f.id,
			'amount', f.amount, 'failure', new_failure), 'paymentd');
	END IF;
END
$$;

-- What was answered for refunds; what is not decided is asked for again, less and less often.
CREATE FUNCTION return_settle_refunds(results jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM orders WHERE id IN (SELECT r.order_id
		FROM jsonb_to_recordset(results) AS x(id uuid)
		JOIN order_return_refund f ON f.id = x.id JOIN order_return r ON r.id = f.return_id)
	ORDER BY id FOR UPDATE;
	PERFORM return_take_refund(x.id, x.status, x.failure)
	FROM (SELECT * FROM jsonb_to_recordset(results) AS y(id uuid, status text, failure text)
		WHERE y.status IS NOT NULL ORDER BY y.id) x;
	UPDATE order_return_refund f SET last_error = x.why,
		due_at = now() + least(0.5 * 2 ^ least(f.attempt, 10), 60) * interval '1 second'
	FROM jsonb_to_recordset(results) AS x(id uuid, attempt integer, why text)
	WHERE f.id = x.id AND f.attempt = x.attempt AND f.due_at IS NOT NULL;
END
$$;

-- Of a batch of events; those of refunds that are of no return change nothing. They do not say why one
-- failed: while we ask anyhow, paymentd is asked at once.
CREATE FUNCTION return_take_refunds(events jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM orders WHERE id IN (SELECT r.order_id
		FROM jsonb_array_elements(events) e
		JOIN order_return_refund f ON f.id = as_uuid(e->'data'->>'refund')
		JOIN order_return r ON r.id = f.return_id)
	ORDER BY id FOR UPDATE;
	UPDATE order_return_refund SET due_at = now() WHERE due_at IS NOT NULL
	AND id IN (SELECT as_uuid(e->'data'->>'refund') FROM jsonb_array_elements(events) e
		WHERE e->'data'->>'status' = 'failed');
	PERFORM return_take_refund(x.id, x.status, NULL)
	FROM (SELECT as_uuid(e->'data'->>'refund') AS id, e->'data'->>'status' AS status
		FROM jsonb_array_elements(events) e
		ORDER BY 1, (e->'data'->>'version')::bigint) x
	WHERE x.status <> 'failed' OR NOT EXISTS (SELECT FROM order_return_refund f
		WHERE f.id = x.id AND f.due_at IS NOT NULL);
END
$$;
