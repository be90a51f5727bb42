-- What people ask for: refunds, captures and releases by hand.

-- The payment that is meant: by its id, or the one of an order (id or number) that took money, or
-- could have. NULL: none.
CREATE FUNCTION payment_meant(by_payment text, by_order text) RETURNS uuid
LANGUAGE sql STABLE AS $$
	SELECT id
	FROM payment
	WHERE CASE WHEN by_payment IS NOT NULL THEN id = by_payment::uuid
		WHEN by_order ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
			THEN order_id = by_order::uuid
		ELSE number = by_order END
	ORDER BY captured > 0 DESC, status IN ('authorized', 'captured') DESC, created_at DESC
	LIMIT 1
$$;
CREATE INDEX payment_by_number ON payment (number);

-- The largest amount that these scopes may refund without approval; NULL: any.
CREATE FUNCTION refund_limit_of(scopes text[]) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN bool_or(amount IS NULL) THEN NULL ELSE coalesce(max(amount), 0) END
	FROM refund_limit
	WHERE scope = ANY(scopes)
$$;

CREATE VIEW refund_shown AS
SELECT r.id, r.payment_id AS payment, r.order_id AS "order", p.number,
	ROW(r.amount, r.currency)::money_amount AS amount, r.status, r.reason, r.failure, r.lines,
	r.requested_by, r.decided_by, r.decided_at, r.note, r.version, r.created_at, r.updated_at,
	p.owner
FROM refund r
JOIN payment p ON p.id = r.payment_id;

CREATE VIEW payment_shown AS
SELECT id, order_id AS "order", number, owner, provider, status, reason, next_action,
	ROW(amount, currency)::money_amount AS amount,
	ROW(authorized, currency)::money_amount AS authorized,
	ROW(captured, currency)::money_amount AS captured,
	ROW(voided, currency)::money_amount AS voided,
	ROW(refunded, currency)::money_amount AS refunded,
	ROW(refund_pending, currency)::money_amount AS refund_pending,
	ROW(disputed, currency)::money_amount AS disputed,
	ROW(fees, currency)::money_amount AS fees,
	ROW(captured - refunded - refund_pending, currency)::money_amount AS refundable,
	intent, reference, contradiction, authorized_at, hold_ends_at, version, created_at, updated_at
FROM payment;

CREATE FUNCTION refund_show(of_refund uuid) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (
		SELECT to_json(r)
		FROM (
			SELECT id, payment, "order", number, amount, status, reason, failure, lines,
				requested_by, decided_by, decided_at, note, version, created_at, updated_at
			FROM refund_shown
			WHERE id = of_refund
		) r);
END
$$;

-- Makes the call of a refund that needs no more approval.
CREATE FUNCTION refund_start(of_refund uuid) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO payment_operation (id, payment_id, kind, amount)
	SELECT id, payment_id, 'refund', amount FROM refund WHERE id = of_refund
$$;

CREATE FUNCTION refund_create(new_id uuid, by_payment text, by_order text, of_amount bigint,
	is_all boolean, why text, for_lines jsonb, by_subject text, scopes text[]) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	p payment;
	most bigint;
	wanted bigint := of_amount;
	state text := 'pending';
BEGIN
	IF (by_payment IS NULL) = (by_order IS NULL) OR (of_amount IS NULL) <> is_all THEN
		RAISE EXCEPTION 'a refund names an order or a payment, and an amount or all'
			USING ERRCODE = 'EC422', CONSTRAINT = 'refund_incomplete';
	END IF;
	SELECT * INTO p FROM payment WHERE id = payment_meant(by_payment, by_order) FOR UPDATE;
	IF p.id IS NULL THEN
		RAISE EXCEPTION 'there is no such payment'
			USING ERRCODE = 'EC422', CONSTRAINT = 'refund_of_nothing';
	END IF;
	IF is_all THEN
		wanted := p.captured - p.refunded - p.refund_pending;
	END IF;
	IF wanted <= 0 OR wanted > p.captured - p.refunded - p.refund_pending THEN
		RAISE EXCEPTION 'at most % can be refunded', p.captured - p.refunded - p.refund_pending
			USING ERRCODE = 'EC409', CONSTRAINT = 'refund_too_much';
	END IF;
	IF p.created_at < now() - interval '1 day' * (
		SELECT refund_days FROM provider WHERE name = p.provider) THEN
		RAISE EXCEPTION 'the provider refunds no payment this old'
			USING ERRCODE = 'EC409', CONSTRAINT = 'refund_too_late';
	END IF;
	most := refund_limit_of(scopes);
	IF wanted > most THEN
		state := 'requested';
	END IF;
	INSERT INTO refund (id, payment_id, order_id, amount, currency, reason, lines, status,
		requested_by)
	VALUES (new_id, p.id, p.order_id, wanted, p.currency, why, for_lines, state, by_subject);
	IF state = 'pending' THEN
		PERFORM refund_start(new_id);
	END IF;
	PERFORM payment_decide(ARRAY[p.id]);
	RETURN new_id;
END
$$;

-- Approves or rejects; NULL when there is no such refund.
CREATE FUNCTION refund_decide(of_refund uuid, new_status text, by_subject text, with_note text)
RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	r refund;
BEGIN
	-- The payment first, as everybody locks.
	PERFORM FROM payment WHERE id = (SELECT payment_id FROM refund WHERE id = of_refund) FOR UPDATE;
	SELECT * INTO r FROM refund WHERE id = of_refund FOR UPDATE;
	IF r.id IS NULL THEN
		RETURN NULL;
	ELSIF r.status <> 'requested' THEN
		RAISE EXCEPTION 'the refund is % already', r.status
			USING ERRCODE = 'EC409', CONSTRAINT = 'refund_decided';
	ELSIF r.requested_by = by_subject AND new_status = 'pending' THEN
		RAISE EXCEPTION 'somebody else has to approve it'
			USING ERRCODE = 'EC403', CONSTRAINT = 'refund_own_approval';
	END IF;
	UPDATE refund SET status = new_status, note = with_note, decided_at = now(),
		decided_by = by_subject, version = version + 1, updated_at = now()
	WHERE id = of_refund;
	IF new_status = 'pending' THEN
		PERFORM refund_start(of_refund);
	END IF;
	PERFORM payment_decide(ARRAY[r.payment_id]);
	RETURN of_refund;
END
$$;

-- By hand; `of_amount` NULL: all that is left.
CREATE FUNCTION payment_capture(new_id uuid, of_payment uuid, of_amount bigint, is_final boolean)
RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	p payment;
	open_amount bigint;
	rest bigint;
BEGIN
	SELECT * INTO p FROM payment WHERE id = of_payment FOR UPDATE;
	IF p.id IS NULL THEN
		RETURN NULL;
	ELSIF p.status <> 'authorized' OR p.intent = 'cancel' THEN
		RAISE EXCEPTION 'the payment is %', p.status
			USING ERRCODE = 'EC409', CONSTRAINT = 'payment_not_authorized';
	END IF;
	SELECT coalesce(sum(amount), 0) INTO open_amount
	FROM payment_operation
	WHERE payment_id = p.id AND kind = 'capture' AND state IN ('queued', 'calling', 'asked');
	rest := p.authorized - p.captured - p.voided - open_amount;
	IF rest <= 0 OR of_amount > rest THEN
		RAISE EXCEPTION 'at most % can be captured', rest
			USING ERRCODE = 'EC409', CONSTRAINT = 'capture_too_much';
	END IF;
	INSERT INTO payment_operation (id, payment_id, kind, amount, final)
	VALUES (new_id, p.id, 'capture', coalesce(of_amount, rest), is_final);
	RETURN p.id;
END
$$;

CREATE FUNCTION payment_void(of_payment uuid, why text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	p payment;
BEGIN
	SELECT * INTO p FROM payment WHERE id = of_payment FOR UPDATE;
	IF p.id IS NULL THEN
		RETURN NULL;
	ELSIF p.status NOT IN ('pending', 'action_required', 'authorized') THEN
		RAISE EXCEPTION 'the payment is %', p.status
			USING ERRCODE = 'EC409', CONSTRAINT = 'payment_not_open';
	END IF;
	UPDATE payment SET intent = 'cancel', reason = coalesce(reason, why) WHERE id = p.id;
	PERFORM payment_decide(ARRAY[p.id]);
	RETURN p.id;
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT ON refund_shown, payment_shown TO %I', current_database());
END
$$;
