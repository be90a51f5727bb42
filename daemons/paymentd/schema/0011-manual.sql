-- Payments by hand: nobody is called, staff say what came in and what went out. The events `received`
-- and `returned` are all that is written; what follows from them is decided here.

-- Received, not returned and not captured: it covers what is authorised and captured next.
CREATE FUNCTION manual_pool(of_payment uuid) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT coalesce(sum(CASE kind WHEN 'received' THEN amount ELSE -amount END), 0)::bigint
	FROM payment_event
	WHERE payment_id = of_payment AND kind IN ('received', 'returned', 'captured')
$$;

-- An event that follows from what staff recorded; each once.
CREATE FUNCTION manual_tell(p payment, of_operation uuid, of_kind text, of_amount bigint,
	is_release boolean) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO payment_event (payment_id, operation_id, provider, provider_event_id, kind, reference,
		amount, releases, currency, source)
	VALUES (p.id, of_operation, p.provider, of_operation || ':' || of_kind, of_kind,
		of_operation::text, of_amount, is_release, p.currency, 'own')
	ON CONFLICT DO NOTHING
$$;

-- Authorises what is paid in full, and captures what is asked for as far as the money is here, the
-- oldest first. The caller holds the payments' rows.
CREATE FUNCTION manual_cover(payments uuid[]) RETURNS void
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
			ORDER BY final, created_at, id
		LOOP
			EXIT WHEN pool < o.amount;
			PERFORM manual_tell(p, o.id, 'captured', o.amount, o.final);
			pool := pool - o.amount;
		END LOOP;
	END LOOP;
END
$$;

-- What shipments have asked for and is not captured yet.
CREATE FUNCTION manual_asked(of_payment uuid) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT coalesce(sum(amount), 0)::bigint
	FROM payment_operation
	WHERE payment_id = of_payment AND kind = 'capture' AND state IN ('queued', 'calling', 'asked')
$$;

-- What is still to be paid of a payment, and of that what was asked for: goods that have left. The
-- first is 0 or less when nothing is to be paid any more; of what was cancelled only what has left is.
CREATE FUNCTION manual_open(p payment, OUT open_amount bigint, OUT asked bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	pool bigint := manual_pool(p.id);
BEGIN
	asked := manual_asked(p.id) - pool;
	open_amount := CASE
		WHEN p.status IN ('declined', 'cancelled', 'failed') THEN 0
		WHEN p.intent = 'cancel' THEN asked
		WHEN p.authorized > 0 THEN p.authorized - p.voided - p.captured - pool
		ELSE p.amount - pool END;
END
$$;

-- What was paid and will not be captured: it is the customer's.
CREATE FUNCTION manual_owed(p payment) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN p.prepaid > 0 AND (p.intent = 'cancel'
			OR p.status NOT IN ('pending', 'action_required', 'authorized'))
		THEN greatest(0, p.prepaid - manual_asked(p.id)) ELSE 0 END
$$;

-- Refuses what was recorded before: one entry of an account statement is one reference.
CREATE FUNCTION manual_expect_new(p payment, kinds text[], with_reference text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	e payment_event;
BEGIN
	IF p.provider IS DISTINCT FROM 'manual' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'record_not_manual',
			MESSAGE = format('The payment is with %s, which tells by itself what it takes and gives.',
				coalesce(p.provider, 'nobody'));
	END IF;
	SELECT * INTO e FROM payment_event
	WHERE payment_id = p.id AND kind = ANY(kinds) AND reference = with_reference;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'record_repeated',
			MESSAGE = format('"%s" is recorded already: %s minor units of %s, %s, on %s (event %s).',
				with_reference, e.amount, p.currency, e.kind,
				to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), e.id),
			HINT = 'Give each entry of the account statement a reference of its own.';
	END IF;
END
$$;

-- Refuses an amount that is not what is open, so that a typing error is not booked.
CREATE FUNCTION manual_expect_amount(p payment, money jsonb, is_partial boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	wanted bigint := (money->>'amount')::bigint;
	m record;
BEGIN
	SELECT * INTO m FROM manual_open(p);
	IF m.open_amount <= 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'record_not_open',
			MESSAGE = format('Nothing is to be paid: the payment is %s.', p.status),
			HINT = 'Money for an order that is gone goes back to who sent it.';
	ELSIF wanted > m.open_amount THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'record_too_much',
			MESSAGE = format('%s minor units of %s are to be paid, not %s.', m.open_amount,
				p.currency, wanted),
			HINT = 'Record what is open, and send the rest back.';
	ELSIF wanted < m.open_amount AND wanted <> m.asked AND NOT is_partial THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'record_too_little',
			MESSAGE = format('%s minor units of %s are to be paid, not %s.', m.open_amount,
				p.currency, wanted),
			HINT = 'With `partial` it counts, and the rest stays open.';
	END IF;
END
$$;

CREATE FUNCTION manual_record(by_payment text, by_order text, money jsonb, with_reference text,
	at timestamptz, is_partial boolean, is_return boolean, by_subject text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	p payment;
	wanted bigint := (money->>'amount')::bigint;
	what text := CASE WHEN is_return THEN 'returned' ELSE 'received' END;
BEGIN
	SELECT * INTO p FROM payment WHERE id = payment_meant(by_payment, by_order) FOR UPDATE;
	IF p.id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'record_of_nothing',
			MESSAGE = 'There is no such payment.',
			HINT = 'Name an order, by number or id, or a payment by its id.';
	END IF;
	PERFORM manual_expect_new(p, ARRAY[what], with_reference);
	IF money->>'currency' <> p.currency THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'record_currency_differs',
			MESSAGE = format('The payment is in %s.', p.currency);
	ELSIF NOT is_return THEN
		PERFORM manual_expect_amount(p, money, is_partial);
	ELSIF wanted > manual_owed(p) THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'record_not_owed',
			MESSAGE = format('At most %s minor units are to be sent back.', manual_owed(p)),
			HINT = 'What was captured is refunded; what is still wanted is cancelled first.';
	END IF;
	INSERT INTO payment_event (payment_id, provider, provider_event_id, kind, reference, amount,
		currency, source, actor, occurred_at)
	VALUES (p.id, p.provider, p.id || ':' || what || ':' || with_reference, what, with_reference,
		wanted, p.currency, 'staff', by_subject, coalesce(at, now()));
	PERFORM payment_decide(ARRAY[p.id]);
	RETURN p.id;
END
$$;

-- The money of a refund was sent. NULL: there is no such refund.
CREATE FUNCTION manual_record_refund(of_refund uuid, with_reference text, at timestamptz,
	by_subject text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	p payment;
	r refund;
BEGIN
	SELECT * INTO p FROM payment
	WHERE id = (SELECT payment_id FROM refund WHERE id = of_refund) FOR UPDATE;
	SELECT * INTO r FROM refund WHERE id = of_refund;
	IF r.id IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM manual_expect_new(p, ARRAY['refunded'], with_reference);
	IF r.status <> 'pending' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'refund_not_pending',
			MESSAGE = format('The refund is %s.', r.status),
			HINT = 'Only the money of a refund that is pending is sent.';
	END IF;
	INSERT INTO payment_event (payment_id, operation_id, provider, provider_event_id, kind, reference,
		amount, currency, source, actor, occurred_at)
	VALUES (p.id, r.id, p.provider, r.id || ':refunded', 'refunded', with_reference, r.amount,
		r.currency, 'staff', by_subject, coalesce(at, now()));
	PERFORM payment_decide(ARRAY[p.id]);
	RETURN r.id;
END
$$;
