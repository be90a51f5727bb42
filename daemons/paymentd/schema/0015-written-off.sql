-- What is never paid is written off: goods that left on a promise and whose money nobody expects any more. Each
-- capture that is given up has an event `written_off` with its id as the reference. It stays asked for, and
-- money that comes after all captures it, which takes the write-off back.

ALTER TABLE payment
	ADD COLUMN written_off bigint NOT NULL DEFAULT 0,
	DROP CONSTRAINT payment_status_unknown,
	ADD CONSTRAINT payment_status_unknown CHECK (status IN ('pending', 'action_required', 'authorized',
		'declined', 'cancelled', 'captured', 'failed', 'written_off')),
	ADD CONSTRAINT payment_written_off_too_much
		CHECK (0 <= written_off AND captured + voided + written_off <= authorized);
-- What was written off can still take money.
DROP INDEX payment_order_paid;
CREATE UNIQUE INDEX payment_order_paid ON payment (order_id)
	WHERE status IN ('pending', 'action_required', 'authorized', 'captured', 'written_off');

-- It was sold, and it is a loss. When the money comes, both are taken back and it is captured.
INSERT INTO ledger_account VALUES ('written_off', 'what customers owe and will not pay');
UPDATE ledger_account SET meaning = 'what was captured, and what was sold and written off' WHERE code = 'sales';
INSERT INTO ledger_rule VALUES
	('written_off', 'written_off', 'holds'),
	('written_off', 'receivable', 'sales');

-- As before; a capture takes back that it was written off.
CREATE OR REPLACE VIEW payment_effect AS
SELECT e.*
FROM payment_event e
WHERE NOT EXISTS (
	SELECT FROM payment_event taken
	WHERE taken.payment_id = e.payment_id AND taken.reference = e.reference
	AND taken.kind = CASE e.kind WHEN 'refunded' THEN 'refund_failed'
		WHEN 'captured' THEN 'capture_failed' WHEN 'disputed' THEN 'dispute_won'
		WHEN 'written_off' THEN 'captured' END);

CREATE FUNCTION operation_written_off(o payment_operation) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM payment_event e
		WHERE e.payment_id = o.payment_id AND e.kind = 'written_off' AND e.reference = o.id::text)
$$;

-- As before, and what was written off.
DROP FUNCTION payment_derive(uuid[]);
CREATE FUNCTION payment_derive(payments uuid[])
RETURNS TABLE (id uuid, authorized bigint, captured bigint, voided bigint, refunded bigint,
	refund_pending bigint, disputed bigint, fees bigint, capture_failures integer, status text,
	reason text, next_action jsonb, reference text, authorized_at timestamptz,
	hold_ends_at timestamptz, prepaid bigint, written_off bigint)
LANGUAGE sql STABLE AS $$
	SELECT p.id, e.authorized, e.captured,
		CASE WHEN e.is_released THEN greatest(e.authorized - e.captured - e.written_off, 0)
			ELSE 0 END,
		e.refunded, r.pending, e.disputed, e.fees, e.capture_failures::integer,
		CASE
		WHEN e.is_authorized THEN CASE
			WHEN e.written_off > 0 AND (e.is_released OR e.captured + e.written_off >= e.authorized)
				THEN 'written_off'
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
			SELECT nullif(hold_ms, 0) * interval '1 ms' FROM provider WHERE name = p.provider)),
		CASE WHEN e.is_paid_by_hand THEN e.received - e.returned - e.captured ELSE 0 END,
		e.written_off
	FROM payment p
	CROSS JOIN LATERAL (
		SELECT coalesce(sum(amount) FILTER (WHERE kind = 'authorized'), 0)::bigint AS authorized,
			coalesce(sum(amount) FILTER (WHERE kind = 'captured'), 0)::bigint AS captured,
			coalesce(sum(amount) FILTER (WHERE kind = 'refunded'), 0)::bigint AS refunded,
			coalesce(sum(amount) FILTER (WHERE kind = 'disputed'), 0)::bigint AS disputed,
			coalesce(sum(amount) FILTER (WHERE kind = 'received'), 0)::bigint AS received,
			coalesce(sum(amount) FILTER (WHERE kind = 'returned'), 0)::bigint AS returned,
			coalesce(sum(amount) FILTER (WHERE kind = 'written_off'), 0)::bigint AS written_off,
			coalesce(bool_or(kind = 'received'), false) AS is_paid_by_hand,
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

-- As before, and what was written off.
CREATE OR REPLACE FUNCTION payment_decide(payments uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM payment WHERE id = ANY(payments) ORDER BY id FOR UPDATE;
	PERFORM manual_cover(payments);
	PERFORM payment_settle_operations(payments);

	WITH derived AS MATERIALIZED (
		SELECT d.*, p.authorized AS old_authorized, p.captured AS old_captured,
			p.voided AS old_voided, p.refunded AS old_refunded, p.disputed AS old_disputed,
			p.fees AS old_fees, p.prepaid AS old_prepaid, p.written_off AS old_written_off,
			p.capture_failures AS old_failures, p.status AS old_status,
			d.captured + d.voided + d.written_off <= d.authorized
				AND d.refunded + d.refund_pending <= d.captured AND d.prepaid >= 0 AS is_sane
		FROM payment_derive(payments) d
		JOIN payment p ON p.id = d.id
		WHERE (p.authorized, p.captured, p.voided, p.refunded, p.refund_pending, p.disputed, p.fees,
				p.prepaid, p.capture_failures, p.status, p.reason, p.next_action, p.reference,
				p.hold_ends_at, p.written_off)
			IS DISTINCT FROM (d.authorized, d.captured, d.voided, d.refunded, d.refund_pending,
				d.disputed, d.fees, d.prepaid, d.capture_failures, d.status, d.reason, d.next_action,
				d.reference, d.hold_ends_at, d.written_off)
	), changed AS (
		UPDATE payment p SET authorized = d.authorized, captured = d.captured, voided = d.voided,
			refunded = d.refunded, refund_pending = d.refund_pending, disputed = d.disputed,
			fees = d.fees, prepaid = d.prepaid, capture_failures = d.capture_failures, status = d.status,
			reason = d.reason, next_action = d.next_action, reference = d.reference,
			contradiction = false, version = p.version + 1, updated_at = now(),
			authorized_at = coalesce(p.authorized_at, d.authorized_at),
			hold_ends_at = d.hold_ends_at, written_off = d.written_off
		FROM derived d
		WHERE p.id = d.id AND d.is_sane
		RETURNING p.id, p.currency, p.version, d.old_authorized, d.old_captured, d.old_voided,
			d.old_refunded, d.old_disputed, d.old_fees, d.old_prepaid, d.old_written_off, d.old_failures, d.old_status,
			p.authorized, p.captured, p.voided, p.refunded, p.disputed, p.fees,
			p.prepaid, p.written_off, p.capture_failures, p.status
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
			('fees', fees - old_fees), ('prepaid', prepaid - old_prepaid),
			('written_off', written_off - old_written_off)) m (cause, amount)
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

-- As before; what was written off is not given back.
CREATE OR REPLACE FUNCTION payment_follow_up(payments uuid[]) RETURNS void
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
	SELECT gen_random_uuid(), p.id, 'void', greatest(p.authorized - p.captured - p.voided
		- p.written_off, 0)
	FROM payment p
	WHERE p.id = ANY(payments) AND p.intent = 'cancel' AND p.reference IS NOT NULL
	AND p.status IN ('pending', 'action_required', 'authorized')
	-- The authorisation's outcome is known, or the provider has it and can cancel it; and no
	-- capture is under way that somebody still waits for.
	AND NOT EXISTS (
		SELECT FROM payment_operation o
		WHERE o.payment_id = p.id
		AND ((o.kind = 'capture' AND o.state IN ('queued', 'calling', 'asked')
				AND NOT operation_written_off(o))
			OR (o.kind = 'void' AND o.state IN ('queued', 'calling', 'asked', 'failed'))));
END
$$;

-- As before; what is expected is covered before what was written off.
CREATE OR REPLACE FUNCTION manual_cover(payments uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	p payment;
	o payment_operation;
	pool bigint;
BEGIN
	FOR p IN SELECT * FROM payment WHERE id = ANY(payments) AND provider = 'manual' ORDER BY id LOOP
		pool := manual_pool(p.id);
		CONTINUE WHEN pool <= 0;
		-- Its operation has the payment's id.
		IF p.authorized = 0 AND pool >= p.amount AND p.intent = 'pay' THEN
			PERFORM manual_tell(p, p.id, 'authorized', p.amount, false);
		END IF;
		FOR o IN
			SELECT * FROM payment_operation
			WHERE payment_id = p.id AND kind = 'capture' AND state IN ('queued', 'calling', 'asked')
			ORDER BY operation_written_off(payment_operation), final, created_at, id
		LOOP
			EXIT WHEN pool < o.amount;
			PERFORM manual_tell(p, o.id, 'captured', o.amount, o.final);
			pool := pool - o.amount;
		END LOOP;
	END LOOP;
END
$$;
