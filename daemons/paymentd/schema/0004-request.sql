-- What other services ask for, in batches; each is repeatable by the ids in it.

CREATE FUNCTION payment_request(asked jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	free uuid[];
BEGIN
	WITH created AS (
		INSERT INTO payment (id, order_id, number, owner, provider, token, amount, currency, deadline)
		SELECT r.payment, r."order", r.number, r.owner, v.name, r.token,
			(r.amount->>'amount')::bigint, r.amount->>'currency', r.deadline
		FROM jsonb_to_recordset(asked) r (payment uuid, "order" uuid, number text, owner text,
			amount jsonb, token text, deadline timestamptz, provider text)
		JOIN provider v ON CASE WHEN r.provider IS NULL THEN v.is_default ELSE v.name = r.provider END
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
			SELECT r.payment, coalesce(p.status, 'failed') AS status
			FROM jsonb_to_recordset(asked) r (payment uuid)
			LEFT JOIN payment p ON p.id = r.payment
		) s);
END
$$;

-- A capture waits for the authorisation, or fails when there is less left to capture.
CREATE FUNCTION capture_request(asked jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	payments uuid[];
	r record;
	p payment;
	can provider;
	open_amount bigint;
	taken bigint;
	most bigint;
	new_state text;
BEGIN
	payments := ARRAY(
		SELECT DISTINCT a.payment FROM jsonb_to_recordset(asked) a (payment uuid));
	PERFORM FROM payment WHERE id = ANY(payments) ORDER BY id FOR UPDATE;
	FOR r IN
		SELECT a.id, a.payment, a.amount, coalesce(a.final, false) AS final
		FROM jsonb_to_recordset(asked) a (id uuid, payment uuid, amount bigint, final boolean)
		WHERE NOT EXISTS (SELECT FROM payment_operation o WHERE o.id = a.id)
		ORDER BY a.payment, a.id
	LOOP
		SELECT * INTO p FROM payment WHERE id = r.payment;
		CONTINUE WHEN NOT FOUND;
		SELECT * INTO can FROM provider WHERE name = p.provider;
		SELECT coalesce(sum(amount), 0) INTO open_amount
		FROM payment_operation
		WHERE payment_id = p.id AND kind = 'capture'
		AND state IN ('waiting', 'queued', 'calling', 'asked');
		taken := p.captured + p.voided + open_amount;
		most := CASE WHEN p.status = 'authorized' THEN p.authorized ELSE p.amount END;
		IF p.intent = 'cancel' OR p.status IN ('declined', 'cancelled', 'failed') THEN
			new_state := 'failed';
		ELSIF NOT can.multicapture AND taken >= most THEN
			new_state := 'succeeded'; -- the first capture has taken it all
		ELSIF taken + r.amount > most THEN
			new_state := 'failed';
		ELSIF p.status = 'authorized' THEN
			new_state := 'queued';
		ELSE
			new_state := 'waiting';
		END IF;
		-- Nothing to take, and nothing to give back.
		IF r.amount = 0 AND NOT (r.final AND taken < most) AND new_state <> 'failed' THEN
			new_state := 'succeeded';
		END IF;
		INSERT INTO payment_operation (id, payment_id, kind, amount, final, state, reason, settled_at)
		VALUES (r.id, p.id, CASE WHEN r.amount = 0 AND r.final AND new_state = 'queued'
				THEN 'void' ELSE 'capture' END,
			CASE WHEN new_state IN ('queued', 'waiting') AND NOT can.multicapture
				THEN most - taken ELSE r.amount END,
			r.final OR NOT can.multicapture, new_state,
			CASE WHEN new_state = 'failed' THEN 'capture_too_much' END,
			CASE WHEN new_state IN ('failed', 'succeeded') THEN now() END)
		ON CONFLICT DO NOTHING;
	END LOOP;
	RETURN (
		SELECT coalesce(json_agg(s), '[]')
		FROM (
			SELECT a.id, CASE WHEN o.state IN ('succeeded', 'failed') THEN o.state
				WHEN o.state = 'cancelled' OR o.id IS NULL THEN 'failed' ELSE 'pending' END AS status
			FROM jsonb_to_recordset(asked) a (id uuid)
			LEFT JOIN payment_operation o ON o.id = a.id
		) s);
END
$$;

-- A payment that is not there yet is cancelled in advance: a request that comes later meets it.
CREATE FUNCTION payment_cancel(asked jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	payments uuid[];
BEGIN
	INSERT INTO payment (id, order_id, intent, status, reason)
	SELECT DISTINCT ON (a.payment) a.payment, a."order", 'cancel', 'cancelled', a.reason
	FROM jsonb_to_recordset(asked) a (payment uuid, "order" uuid, reason text)
	ORDER BY a.payment
	ON CONFLICT DO NOTHING;
	payments := ARRAY(
		SELECT DISTINCT a.payment FROM jsonb_to_recordset(asked) a (payment uuid));
	PERFORM FROM payment WHERE id = ANY(payments) ORDER BY id FOR UPDATE;
	UPDATE payment p SET intent = 'cancel', reason = coalesce(p.reason, a.reason)
	FROM jsonb_to_recordset(asked) a (payment uuid, reason text)
	WHERE p.id = a.payment AND p.intent = 'pay'
	AND p.status IN ('pending', 'action_required', 'authorized');
	PERFORM payment_decide(payments);
	RETURN (
		SELECT coalesce(json_agg(s), '[]')
		FROM (SELECT id AS payment, status FROM payment WHERE id = ANY(payments)) s);
END
$$;
