-- Writing off, for people.

CREATE OR REPLACE VIEW payment_shown AS
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
	intent, reference, contradiction, authorized_at, hold_ends_at, version, created_at, updated_at,
	ROW(prepaid, currency)::money_amount AS prepaid,
	ROW(manual_owed(payment), currency)::money_amount AS owed,
	CASE WHEN status IN ('pending', 'action_required') THEN deadline END AS deadline,
	ROW(written_off, currency)::money_amount AS written_off
FROM payment;

CREATE OR REPLACE FUNCTION payment_show(of_payment uuid) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (
		SELECT to_json(r)
		FROM (
			SELECT id, "order", number, provider, status, reason, next_action, amount, authorized,
				captured, voided, refunded, refund_pending, prepaid, owed, written_off, refundable,
				deadline,
				version
			FROM payment_shown WHERE id = of_payment
		) r);
END
$$;

-- Of what has left the house and is not written off, what is not here; what is here is captured, and the
-- capture that it covers in part goes on as two. Answers how much was given up.
CREATE FUNCTION manual_give_up(p payment, why text, by_subject text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	o payment_operation;
	pool bigint := manual_pool(p.id);
	given_up bigint := 0;
BEGIN
	FOR o IN
		SELECT * FROM payment_operation x
		WHERE payment_id = p.id AND kind = 'capture' AND state IN ('queued', 'calling', 'asked')
			AND NOT operation_written_off(x)
		ORDER BY final, created_at, id
	LOOP
		IF pool > 0 THEN
			PERFORM manual_tell(p, o.id, 'captured', least(pool, o.amount), o.final AND pool >= o.amount);
			IF pool >= o.amount THEN
				pool := pool - o.amount;
				CONTINUE;
			END IF;
			INSERT INTO payment_operation (id, payment_id, kind, amount, final, state, due_at)
			VALUES (gen_random_uuid(), p.id, 'capture', o.amount - pool, o.final, 'asked',
				now() + interval '1 day')
			RETURNING * INTO o;
			pool := 0;
		END IF;
		INSERT INTO payment_event (payment_id, provider, provider_event_id, kind, reference, amount,
			releases, currency, reason, source, actor)
		VALUES (p.id, p.provider, o.id || ':written_off', 'written_off', o.id::text, o.amount, o.final,
			p.currency, why, 'staff', by_subject);
		given_up := given_up + o.amount;
	END LOOP;
	RETURN given_up;
END
$$;

-- The whole open remainder; `of_amount` says what the caller takes it for. NULL: there is no such payment.
CREATE FUNCTION payment_write_off(of_payment uuid, expected bigint, of_amount bigint, why text,
	by_subject text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	p payment;
	given_up bigint;
BEGIN
	SELECT * INTO p FROM payment WHERE id = of_payment FOR UPDATE;
	IF p.id IS NULL THEN
		RETURN NULL;
	ELSIF p.version <> expected THEN
		RAISE EXCEPTION USING ERRCODE = 'EC412', CONSTRAINT = 'payment_changed',
			MESSAGE = format('The payment is at version %s.', p.version),
			HINT = 'Read it again and look whether it is still what you want.';
	ELSIF p.provider IS DISTINCT FROM 'manual' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'record_not_manual',
			MESSAGE = format('The payment is with %s, which tells by itself what it takes and gives.',
				coalesce(p.provider, 'nobody'));
	END IF;
	given_up := manual_give_up(p, why, by_subject);
	IF given_up = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'write_off_nothing_open',
			MESSAGE = format('Nothing that has left the house is to be paid: the payment is %s.', p.status),
			HINT = 'An order that was not shipped is cancelled instead.';
	ELSIF given_up <> of_amount THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'write_off_amount_differs',
			MESSAGE = format('%s minor units of %s are to be paid, not %s.', given_up, p.currency,
				of_amount),
			HINT = 'All that is open is written off at once: leave the amount out, or give this one.';
	END IF;
	PERFORM payment_decide(ARRAY[p.id]);
	IF (SELECT contradiction FROM payment WHERE id = p.id) THEN
		RAISE EXCEPTION 'the write-off of payment % contradicts what is known of it', p.id;
	END IF;
	RETURN p.id;
END
$$;

-- What shipments ask for is part of what a version says of a payment by hand: who writes off what was open
-- when he looked does not give up a parcel that left since. The caller holds the row.
CREATE FUNCTION manual_asked() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE payment SET version = version + 1, updated_at = now()
	WHERE id = NEW.payment_id AND provider = 'manual';
	RETURN NULL;
END
$$;

CREATE TRIGGER manual_asked AFTER INSERT ON payment_operation
FOR EACH ROW WHEN (NEW.kind = 'capture') EXECUTE FUNCTION manual_asked();
