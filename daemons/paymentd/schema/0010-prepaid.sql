-- Money that is here before it is earned: a customer who pays by hand pays before anything is shipped.
-- It lies with us and is owed to the customer, until a shipment captures it or it is sent back.

ALTER TABLE payment ADD COLUMN prepaid bigint NOT NULL DEFAULT 0
	CONSTRAINT payment_prepaid_negative CHECK (prepaid >= 0);
CREATE INDEX payment_prepaid ON payment (created_at DESC, id DESC) WHERE prepaid > 0;

INSERT INTO ledger_account VALUES
	('prepayments', 'what customers have paid before it was captured');
INSERT INTO ledger_rule VALUES ('prepaid', 'clearing', 'prepayments');

-- kind has two more: received (money came in, by hand) and returned (it went back before it was
-- captured). source has one more: staff, who are `actor` then.
ALTER TABLE payment_event
	ADD COLUMN actor text,
	DROP CONSTRAINT event_source_unknown,
	ADD CONSTRAINT event_source_unknown CHECK (source IN ('answer', 'webhook', 'own', 'staff'));

-- What each provider is for: tokens that begin so; NULL: the default's. How long its customers have,
-- when that is longer than who asks for the payment can know; 0: as asked.
ALTER TABLE provider
	ADD COLUMN token_prefix text,
	ADD COLUMN deadline_ms bigint NOT NULL DEFAULT 0;
-- paymentd writes it at its start; until then no token of its own goes to another provider.
INSERT INTO provider (name, multicapture, partial_capture, renews, hold_ms, refund_days, token_prefix,
	deadline_ms)
VALUES ('manual', true, true, false, 0, 3650, 'manual_', 604800000);

-- As before, and what was paid in advance. hold_ms 0: such authorisations do not end.
DROP FUNCTION payment_derive(uuid[]);
CREATE FUNCTION payment_derive(payments uuid[])
RETURNS TABLE (id uuid, authorized bigint, captured bigint, voided bigint, refunded bigint,
	refund_pending bigint, disputed bigint, fees bigint, capture_failures integer, status text,
	reason text, next_action jsonb, reference text, authorized_at timestamptz,
	hold_ends_at timestamptz, prepaid bigint)
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
			SELECT nullif(hold_ms, 0) * interval '1 ms' FROM provider WHERE name = p.provider)),
		CASE WHEN e.is_paid_by_hand THEN e.received - e.returned - e.captured ELSE 0 END
	FROM payment p
	CROSS JOIN LATERAL (
		SELECT coalesce(sum(amount) FILTER (WHERE kind = 'authorized'), 0)::bigint AS authorized,
			coalesce(sum(amount) FILTER (WHERE kind = 'captured'), 0)::bigint AS captured,
			coalesce(sum(amount) FILTER (WHERE kind = 'refunded'), 0)::bigint AS refunded,
			coalesce(sum(amount) FILTER (WHERE kind = 'disputed'), 0)::bigint AS disputed,
			coalesce(sum(amount) FILTER (WHERE kind = 'received'), 0)::bigint AS received,
			coalesce(sum(amount) FILTER (WHERE kind = 'returned'), 0)::bigint AS returned,
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

-- As before, and what was paid in advance; payments by hand are covered first.
CREATE OR REPLACE FUNCTION payment_decide(payments uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM payment WHERE id = ANY(payments) ORDER BY id FOR UPDATE;
	PERFORM manual_cover(payments);
	PERFORM payment_settle_operations(payments);

	WITH derived AS MATERIALIZED (
		SELECT d.*, p.authorized AS old_authorized, p.captured AS old_captured,
			p.voided AS old_voided, p.refunded AS old_refunded, p.disputed AS old_disputed,
			p.fees AS old_fees, p.prepaid AS old_prepaid,
			p.capture_failures AS old_failures, p.status AS old_status,
			d.captured + d.voided <= d.authorized
				AND d.refunded + d.refund_pending <= d.captured AND d.prepaid >= 0 AS is_sane
		FROM payment_derive(payments) d
		JOIN payment p ON p.id = d.id
		WHERE (p.authorized, p.captured, p.voided, p.refunded, p.refund_pending, p.disputed, p.fees,
				p.prepaid, p.capture_failures, p.status, p.reason, p.next_action, p.reference,
				p.hold_ends_at)
			IS DISTINCT FROM (d.authorized, d.captured, d.voided, d.refunded, d.refund_pending,
				d.disputed, d.fees, d.prepaid, d.capture_failures, d.status, d.reason, d.next_action,
				d.reference, d.hold_ends_at)
	), changed AS (
		UPDATE payment p SET authorized = d.authorized, captured = d.captured, voided = d.voided,
			refunded = d.refunded, refund_pending = d.refund_pending, disputed = d.disputed,
			fees = d.fees, prepaid = d.prepaid, capture_failures = d.capture_failures, status = d.status,
			reason = d.reason, next_action = d.next_action, reference = d.reference,
			contradiction = false, version = p.version + 1, updated_at = now(),
			authorized_at = coalesce(p.authorized_at, d.authorized_at),
			hold_ends_at = d.hold_ends_at
		FROM derived d
		WHERE p.id = d.id AND d.is_sane
		RETURNING p.id, p.currency, p.version, d.old_authorized, d.old_captured, d.old_voided,
			d.old_refunded, d.old_disputed, d.old_fees, d.old_prepaid, d.old_failures, d.old_status,
			p.authorized, p.captured, p.voided, p.refunded, p.disputed, p.fees,
			p.prepaid, p.capture_failures, p.status
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
			('fees', fees - old_fees), ('prepaid', prepaid - old_prepaid)) m (cause, amount)
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
