-- Who takes a payment: the provider that is named, the one whose token it is, or the default.

CREATE FUNCTION payment_provider_of(named text, token text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce(named,
		(SELECT name FROM provider WHERE starts_with(token, token_prefix) ORDER BY name LIMIT 1),
		(SELECT name FROM provider WHERE is_default))
$$;

-- The deadline in the answer is the one that holds: some means of payment take days.
CREATE OR REPLACE FUNCTION payment_request(asked jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	free uuid[];
BEGIN
	WITH created AS (
		INSERT INTO payment (id, order_id, number, owner, provider, token, amount, currency, deadline)
		SELECT r.payment, r."order", r.number, r.owner, v.name, r.token,
			(r.amount->>'amount')::bigint, r.amount->>'currency',
			CASE WHEN v.deadline_ms > 0 THEN now() + v.deadline_ms * interval '1 ms'
				ELSE r.deadline END
		FROM jsonb_to_recordset(asked) r (payment uuid, "order" uuid, number text, owner text,
			amount jsonb, token text, deadline timestamptz, provider text)
		JOIN provider v ON v.name = payment_provider_of(r.provider, r.token)
		ORDER BY r.payment
		ON CONFLICT DO NOTHING
		RETURNING id, amount, provider
	), operation AS (
		INSERT INTO payment_operation (id, payment_id, kind, amount)
		SELECT id, id, 'authorize', amount FROM created WHERE amount > 0
	), event AS (
		-- Nothing to pay: nobody is asked.
		INSERT INTO payment_event (payment_id, provider, provider_event_id, kind, reference, source)
		SELECT id, provider, id || ':free', 'authorized', id, 'own'
		FROM created WHERE amount = 0
	)
	SELECT array_agg(id) INTO free FROM created WHERE amount = 0;
	IF free IS NOT NULL THEN
		PERFORM payment_decide(free);
	END IF;
	RETURN (
		SELECT coalesce(json_agg(s), '[]')
		FROM (
			-- Another payment of the order, which lives: this one was not made.
			SELECT r.payment, coalesce(p.status, 'failed') AS status,
				to_char(p.deadline AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS deadline
			FROM jsonb_to_recordset(asked) r (payment uuid)
			LEFT JOIN payment p ON p.id = r.payment
		) s);
END
$$;

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
	CASE WHEN status IN ('pending', 'action_required') THEN deadline END AS deadline
FROM payment;

-- As staff see it, after what the calling statement has done.
CREATE FUNCTION payment_show(of_payment uuid) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (
		SELECT to_json(r)
		FROM (
			SELECT id, "order", number, provider, status, reason, next_action, amount, authorized,
				captured, voided, refunded, refund_pending, prepaid, owed, refundable, deadline,
				version
			FROM payment_shown WHERE id = of_payment
		) r);
END
$$;
