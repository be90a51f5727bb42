-- The one place where a payment's state changes. Answers, webhooks, requests and refunds only add
-- rows and then call payment_decide(), which reads all events of the payments under their row locks.

-- What is told of a payment, to services and in events.
CREATE VIEW payment_outcome AS
SELECT id AS payment, order_id AS "order", status, reason, next_action, authorized, captured, voided,
	refunded, refund_pending, disputed, currency, version
FROM payment;

-- Events that count: a failure that became known for the same reference takes its success back,
-- whichever came first.
CREATE VIEW payment_effect AS
SELECT e.*
FROM payment_event e
WHERE NOT EXISTS (
	SELECT FROM payment_event taken
	WHERE taken.payment_id = e.payment_id AND taken.reference = e.reference
	AND taken.kind = CASE e.kind WHEN 'refunded' THEN 'refund_failed'
		WHEN 'captured' THEN 'capture_failed' WHEN 'disputed' THEN 'dispute_won' END);

-- What the events and refunds of these payments say that their amounts and states are.
CREATE FUNCTION payment_derive(payments uuid[])
RETURNS TABLE (id uuid, authorized bigint, captured bigint, voided bigint, refunded bigint,
	refund_pending bigint, disputed bigint, fees bigint, capture_failures integer, status text,
	reason text, next_action jsonb, reference text, authorized_at timestamptz,
	hold_ends_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT p.id, e.authorized, e.captured,
		CASE WHEN e.is_released THEN greatest(e.authorized - e.captured, 0) ELSE 0 END,
		e.refunded, r.pending, e.disputed, e.fees, e.capture_failures::integer,
		CASE
		WHEN e.is_authorized THEN CASE
			WHEN e.captured > 0 AND (e.is_released OR e.captured >= e.authorized) THEN 'captured'
			WHEN e.captured = 0 AND e.is_released THEN
				CASE WHEN e.is_expired AND p.intent = 'pay' THEN 'failed' ELSE 'cancelled' END
			WHEN e.captured = 0 AND p.intent = 'cancel' AND p.amount = 0 THEN 'cancelled'
			-- Too late: nobody shall see it as authorised, it is being released.
			WHEN e.captured = 0 AND p.intent = 'cancel' AND p.status <> 'authorized' THEN 'pending'
			ELSE 'authorized' END
		WHEN p.intent = 'cancel' AND NOT o.is_authorizing THEN 'cancelled'
		WHEN e.is_declined THEN 'declined'
		WHEN e.is_action_required THEN 'action_required'
		ELSE 'pending' END,
		CASE WHEN e.is_authorized AND NOT e.is_released AND p.intent = 'pay' THEN NULL
			ELSE coalesce(e.decline_reason,
				CASE WHEN p.intent = 'cancel' THEN p.reason END,
				CASE WHEN e.is_expired THEN 'hold_expired' END) END,
		CASE WHEN NOT e.is_authorized AND NOT e.is_declined THEN e.next_action END,
		coalesce(e.reference, o.reference, p.reference), e.authorized_at,
		coalesce(e.hold_ends_at, e.authorized_at + (
			SELECT hold_ms * interval '1 ms' FROM provider WHERE name = p.provider))
	FROM payment p
	CROSS JOIN LATERAL (
		SELECT coalesce(sum(amount) FILTER (WHERE kind = 'authorized'), 0)::bigint AS authorized,
			coalesce(sum(amount) FILTER (WHERE kind = 'captured'), 0)::bigint AS captured,
			coalesce(sum(amount) FILTER (WHERE kind = 'refunded'), 0)::bigint AS refunded,
			coalesce(sum(amount) FILTER (WHERE kind = 'disputed'), 0)::bigint AS disputed,
			coalesce(sum(fee), 0)::bigint AS fees,
			count(*) FILTER (WHERE kind = 'capture_failed') AS capture_failures,
			coalesce(bool_or(kind = 'authorized'), false) AS is_authorized,
			coalesce(bool_or(kind = 'declined'), false) AS is_declined,
			coalesce(bool_or(kind = 'action_required'), false) AS is_action_required,
			coalesce(bool_or(kind = 'expired'), false) AS is_expired,
			coalesce(bool_or(releases), false) AS is_released,
			max(x.reason) FILTER (WHERE kind = 'declined') AS decline_reason,
			(array_agg(x.next_action) FILTER (WHERE kind = 'action_required'))[1] AS next_action,
			max(x.reference) FILTER (WHERE kind = 'authorized') AS reference,
			min(occurred_at) FILTER (WHERE kind = 'authorized') AS authorized_at,
			max(x.hold_ends_at) AS hold_ends_at
		FROM payment_effect x
		WHERE x.payment_id = p.id
	) e
	CROSS JOIN LATERAL (
		SELECT coalesce(sum(amount), 0)::bigint AS pending
		FROM refund
		WHERE payment_id = p.id AND refund.status IN ('requested', 'pending')
	) r
	CROSS JOIN LATERAL (
		SELECT coalesce(bool_or(state IN ('queued', 'calling', 'asked')), false) AS is_authorizing,
			max(x.reference) AS reference
		FROM payment_operation x
		WHERE payment_id = p.id AND kind = 'authorize'
	) o
	WHERE p.id = ANY(payments)
$$;

-- Operations whose answer is among the events, and those that are no longer wanted.
CREATE FUNCTION payment_settle_operations(payments uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE payment_operation o
	SET state = CASE WHEN e.kind IN ('authorized', 'captured', 'voided', 'refunded', 'renewed')
			THEN 'succeeded' ELSE 'failed' END,
		reference = e.reference, reason = e.reason, settled_at = now()
	FROM payment_event e
	WHERE o.payment_id = ANY(payments) AND o.state IN ('waiting', 'queued', 'calling', 'asked')
	AND e.payment_id = o.payment_id AND e.operation_id = o.id
	AND e.kind <> 'action_required';

	-- Never called, or released by the provider before it was decided. Not captures that are queued:
	-- what they pay for has left the house, and what is released waits for them.
	UPDATE payment_operation o SET state = 'cancelled', settled_at = now()
	FROM payment p
	WHERE o.payment_id = ANY(payments) AND p.id = o.payment_id AND p.intent = 'cancel'
	AND ((o.kind = 'authorize' AND o.state = 'queued' AND o.attempt = 0)
		OR (o.kind = 'capture' AND o.state = 'waiting')
		OR (o.kind = 'authorize' AND o.state IN ('queued', 'calling', 'asked') AND EXISTS (
			SELECT FROM payment_event e
			WHERE e.payment_id = p.id AND e.kind IN ('voided', 'expired'))));

	UPDATE refund r
	SET status = e.status, failure = e.reason, version = version + 1, updated_at = now()
	FROM (
		SELECT operation_id,
			CASE WHEN bool_or(kind = 'refund_failed') THEN 'failed' ELSE 'succeeded' END AS status,
			max(reason) FILTER (WHERE kind = 'refund_failed') AS reason
		FROM payment_event
		WHERE payment_id = ANY(payments) AND kind IN ('refunded', 'refund_failed')
		GROUP BY operation_id
	) e
	WHERE r.id = e.operation_id AND r.status IN ('pending', 'succeeded') AND r.status <> e.status;
END
$$;

-- What follows from the state: captures that waited, and giving back what is not wanted.
CREATE FUNCTION payment_follow_up(payments uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE payment_operation o
	SET state = CASE WHEN p.status = 'authorized' THEN 'queued' ELSE 'failed' END,
		reason = CASE WHEN p.status = 'authorized' THEN NULL ELSE 'payment_' || p.status END,
		due_at = now(), settled_at = CASE WHEN p.status = 'authorized' THEN NULL ELSE now() END
	FROM payment p
	WHERE o.payment_id = ANY(payments) AND o.kind = 'capture' AND o.state = 'waiting'
	AND p.id = o.payment_id
	AND p.status IN ('authorized', 'declined', 'cancelled', 'captured', 'failed');

	INSERT INTO payment_operation (id, payment_id, kind, amount)
	SELECT gen_random_uuid(), p.id, 'void', greatest(p.authorized - p.captured - p.voided, 0)
	FROM payment p
	WHERE p.id = ANY(payments) AND p.intent = 'cancel' AND p.reference IS NOT NULL
	AND p.status IN ('pending', 'action_required', 'authorized')
	-- The authorisation's outcome is known, or the provider has it and can cancel it; and no
	-- capture is under way.
	AND NOT EXISTS (
		SELECT FROM payment_operation o
		WHERE o.payment_id = p.id
		AND ((o.kind = 'capture' AND o.state IN ('queued', 'calling', 'asked'))
			OR (o.kind = 'void' AND o.state IN ('queued', 'calling', 'asked', 'failed'))));
END
$$;

CREATE FUNCTION payment_decide(payments uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM payment WHERE id = ANY(payments) ORDER BY id FOR UPDATE;
	PERFORM payment_settle_operations(payments);

	WITH derived AS MATERIALIZED (
		SELECT d.*, p.authorized AS old_authorized, p.captured AS old_captured,
			p.voided AS old_voided, p.refunded AS old_refunded, p.disputed AS old_disputed,
			p.fees AS old_fees, p.capture_failures AS old_failures, p.status AS old_status,
			d.captured + d.voided <= d.authorized
				AND d.refunded + d.refund_pending <= d.captured AS is_sane
		FROM payment_derive(payments) d
		JOIN payment p ON p.id = d.id
		WHERE (p.authorized, p.captured, p.voided, p.refunded, p.refund_pending, p.disputed, p.fees,
				p.capture_failures, p.status, p.reason, p.next_action, p.reference,
				p.hold_ends_at)
			IS DISTINCT FROM (d.authorized, d.captured, d.voided, d.refunded, d.refund_pending,
				d.disputed, d.fees, d.capture_failures, d.status, d.reason, d.next_action,
				d.reference, d.hold_ends_at)
	), changed AS (
		UPDATE payment p SET authorized = d.authorized, captured = d.captured, voided = d.voided,
			refunded = d.refunded, refund_pending = d.refund_pending, disputed = d.disputed,
			fees = d.fees, capture_failures = d.capture_failures, status = d.status,
			reason = d.reason, next_action = d.next_action, reference = d.reference,
			contradiction = false, version = p.version + 1, updated_at = now(),
			authorized_at = coalesce(p.authorized_at, d.authorized_at),
			hold_ends_at = d.hold_ends_at
		FROM derived d
		WHERE p.id = d.id AND d.is_sane
		RETURNING p.id, p.currency, p.version, d.old_authorized, d.old_captured, d.old_voided,
			d.old_refunded, d.old_disputed, d.old_fees, d.old_failures, d.old_status,
			p.authorized, p.captured, p.voided, p.refunded, p.disputed, p.fees,
			p.capture_failures, p.status
	), contradicted AS (
		UPDATE payment p SET contradiction = true
		FROM derived d
		WHERE p.id = d.id AND NOT d.is_sane AND NOT p.contradiction
	), moved AS (
		SELECT c.id, c.currency, c.version, m.cause, m.amount
		FROM changed c
		CROSS JOIN LATERAL (VALUES ('authorized', authorized - old_authorized),
			('voided', voided - old_voided), ('captured', captured - old_captured),
			('refunded', refunded - old_refunded), ('disputed', disputed - old_disputed),
			('fees', fees - old_fees)) m (cause, amount)
		WHERE m.amount <> 0
	), booked AS (
		INSERT INTO ledger_transfer (debit, credit, amount, currency, cause, payment_id)
		SELECT CASE WHEN m.amount > 0 THEN r.debit ELSE r.credit END,
			CASE WHEN m.amount > 0 THEN r.credit ELSE r.debit END, abs(m.amount), m.currency,
			m.cause || ':' || m.id || ':' || m.version || ':' || r.debit, m.id
		FROM moved m JOIN ledger_rule r ON r.cause = m.cause
	), told AS (
		SELECT c.id, CASE
			WHEN status <> old_status AND status <> 'pending' THEN status
			WHEN captured > old_captured THEN 'captured'
			WHEN capture_failures > old_failures THEN 'capture_failed'
			WHEN refunded <> old_refunded THEN 'refunded'
			WHEN disputed <> old_disputed THEN 'disputed' END AS what
		FROM changed c
	)
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'payments.payment.' || t.what, t.id, d.version, to_json(d)
	FROM told t
	CROSS JOIN LATERAL (
		-- The view still shows the row as it was, so what has changed is given anew.
		SELECT p.id AS payment, p.order_id AS "order", d.status, d.reason, d.next_action,
			d.authorized, d.captured, d.voided, d.refunded, d.refund_pending, d.disputed,
			p.currency, c.version
		FROM payment p, derived d, changed c
		WHERE p.id = t.id AND d.id = t.id AND c.id = t.id
	) d
	WHERE t.what IS NOT NULL
	ORDER BY t.id;

	PERFORM payment_follow_up(payments);
END
$$;

-- The payment that a provider speaks of: by our id, which it keeps for us, or by its own.
CREATE FUNCTION payment_find(of_provider text, payment uuid, parent text) RETURNS uuid
LANGUAGE sql STABLE AS $$
	SELECT coalesce(
		(SELECT id FROM payment p WHERE p.id = payment AND p.provider = of_provider),
		(SELECT id FROM payment p WHERE p.provider = of_provider AND p.reference = parent
			ORDER BY id LIMIT 1))
$$;

-- Adds events that a provider told, each once, and decides. What is nobody's is kept without a
-- payment, for the reconciliation.
CREATE FUNCTION payment_apply(of_provider text, events jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	payments uuid[];
	added integer;
BEGIN
	payments := ARRAY(
		SELECT DISTINCT id
		FROM jsonb_to_recordset(events) e (payment uuid, parent text)
		CROSS JOIN LATERAL payment_find(of_provider, e.payment, e.parent) id
		WHERE id IS NOT NULL);
	PERFORM FROM payment WHERE id = ANY(payments) ORDER BY id FOR UPDATE;

	INSERT INTO payment_event (payment_id, operation_id, provider, provider_event_id, kind,
		reference, amount, releases, fee, currency, reason, next_action, source, occurred_at)
	SELECT p.id, coalesce(e.operation, (
			SELECT o.id FROM payment_operation o
			WHERE o.payment_id = p.id AND o.reference = e.reference LIMIT 1)),
		of_provider, e.id, e.kind, e.reference, coalesce(e.amount, 0),
		coalesce(e.releases, false), coalesce(e.fee, 0), e.currency, e.reason, e.next_action,
		'webhook', coalesce(e.occurred_at, now())
	FROM jsonb_to_recordset(events) e (id text, kind text, payment uuid, operation uuid, parent text,
		reference text, amount bigint, releases boolean, fee bigint, currency text, reason text,
		next_action jsonb, occurred_at timestamptz)
	CROSS JOIN LATERAL payment_find(of_provider, e.payment, e.parent) p (id)
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS added = ROW_COUNT;

	IF added > 0 AND payments <> '{}' THEN
		PERFORM payment_decide(payments);
	END IF;
	RETURN added;
END
$$;

-- Settles answers to calls: {operation, attempt, outcome, reference, memo, reason, retry_ms, event}.
-- outcome: unknown (ask again), pending (the provider has it), succeeded, failed. A definite one
-- counts whichever attempt brought it; the others change nothing when the attempt is an old one.
CREATE FUNCTION payment_settle(answers jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	payments uuid[];
BEGIN
	payments := ARRAY(
		SELECT DISTINCT o.payment_id
		FROM jsonb_to_recordset(answers) a (operation uuid, outcome text)
		JOIN payment_operation o ON o.id = a.operation
		WHERE a.outcome <> 'unknown');
	PERFORM FROM payment WHERE id = ANY(payments) ORDER BY id FOR UPDATE;

	INSERT INTO payment_event (payment_id, operation_id, provider, provider_event_id, kind,
		reference, amount, releases, fee, currency, reason, next_action, hold_ends_at, source)
	SELECT p.id, o.id, p.provider, o.id || ':' || e.kind, e.kind, coalesce(a.reference, o.id::text),
		coalesce(e.amount, 0), coalesce(e.releases, false), coalesce(e.fee, 0), p.currency,
		a.reason, e.next_action, e.hold_ends_at, 'answer'
	FROM jsonb_to_recordset(answers) a (operation uuid, reference text, reason text, event jsonb)
	CROSS JOIN LATERAL jsonb_to_record(a.event) e (kind text, amount bigint, releases boolean,
		fee bigint, next_action jsonb, hold_ends_at timestamptz)
	JOIN payment_operation o ON o.id = a.operation
	JOIN payment p ON p.id = o.payment_id
	WHERE e.kind IS NOT NULL
	ON CONFLICT DO NOTHING;

	UPDATE payment_operation o
	SET state = CASE a.outcome WHEN 'unknown' THEN 'queued' WHEN 'pending' THEN 'asked'
			ELSE a.outcome END,
		reference = coalesce(a.reference, o.reference), memo = coalesce(a.memo, o.memo),
		reason = a.reason, due_at = now() + a.retry_ms * interval '1 ms',
		settled_at = CASE WHEN a.outcome IN ('succeeded', 'failed') THEN now() END
	FROM jsonb_to_recordset(answers) a (operation uuid, attempt integer, outcome text,
		reference text, memo text, reason text, retry_ms bigint)
	WHERE o.id = a.operation AND CASE WHEN a.outcome IN ('succeeded', 'failed')
		THEN o.state IN ('queued', 'calling', 'asked')
		ELSE o.state = 'calling' AND o.attempt = a.attempt END;

	IF payments <> '{}' THEN
		PERFORM payment_decide(payments);
	END IF;
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT ON payment_outcome, payment_effect TO %I', current_database());
END
$$;
