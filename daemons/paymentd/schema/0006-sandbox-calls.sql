-- What the sandbox does when it is called. Each function takes the key's row first; what it answers
-- is kept there and answered again. An answer that is delayed was made before: who gives up waiting
-- has changed nothing.

-- NULL: go on; else the answer. Also makes what the settings ask for: failures.
CREATE FUNCTION sandbox.begin(by_key text, by_hash text, OUT status integer, OUT body json)
LANGUAGE plpgsql AS $$
DECLARE
	r sandbox.request;
	s sandbox.setting;
BEGIN
	SELECT * INTO s FROM sandbox.setting;
	IF random() * 100 < s.failure_rate THEN
		status := 503;
		body := '{"error": "unavailable"}';
		RETURN;
	END IF;
	INSERT INTO sandbox.request (key, hash) VALUES (by_key, by_hash) ON CONFLICT DO NOTHING;
	SELECT * INTO r FROM sandbox.request WHERE key = by_key FOR UPDATE;
	UPDATE sandbox.request SET tries = tries + 1 WHERE key = by_key;
	IF r.hash <> by_hash THEN
		status := 400;
		body := '{"error": "idempotency_error"}';
	ELSIF r.status IS NOT NULL THEN
		status := r.status;
		body := r.body;
	END IF;
END
$$;

-- Keeps the answer, and says how it is given.
CREATE FUNCTION sandbox.finish(by_key text, token text, INOUT status integer, INOUT body json,
	OUT delay_ms integer)
LANGUAGE plpgsql AS $$
DECLARE
	s sandbox.setting;
BEGIN
	SELECT * INTO s FROM sandbox.setting;
	UPDATE sandbox.request r SET status = finish.status, body = finish.body WHERE key = by_key;
	delay_ms := s.latency_ms;
	IF token ~ '^tok_slow_[0-9]{1,5}$' THEN
		delay_ms := substring(token FROM '[0-9]+')::integer;
	ELSIF token = 'tok_timeout_success' AND
		(SELECT tries FROM sandbox.request WHERE key = by_key) = 1 THEN
		delay_ms := 30000; -- longer than anybody waits
	END IF;
	IF random() * 100 < s.lost_rate THEN
		status := 500;
		body := '{"error": "internal"}';
	END IF;
END
$$;

CREATE FUNCTION sandbox.authorize(by_key text, by_hash text, of_amount bigint, in_currency text,
	by_token text, for_payment text, OUT status integer, OUT body json, OUT delay_ms integer)
LANGUAGE plpgsql AS $$
DECLARE
	a sandbox.authorization;
	s sandbox.setting;
	kind text;
BEGIN
	SELECT b.status, b.body INTO status, body FROM sandbox.begin(by_key, by_hash) b;
	IF status IS NULL AND by_token = 'tok_flaky' AND
		(SELECT tries FROM sandbox.request WHERE key = by_key) <= 2 THEN
		status := 500;
		body := '{"error": "internal"}';
		RETURN;
	END IF;
	IF status IS NULL THEN
		SELECT * INTO s FROM sandbox.setting;
		kind := CASE
			WHEN by_token = 'tok_decline' THEN 'declined'
			WHEN by_token = 'tok_insufficient_funds' THEN 'declined'
			WHEN by_token = 'tok_3ds' THEN 'requires_action'
			WHEN by_token ~ '^tok_late(_[0-9]{1,6})?$' THEN 'processing'
			WHEN by_token IN ('tok_success', 'tok_capture_fail', 'tok_refund_fail', 'tok_dispute',
				'tok_timeout_success', 'tok_flaky') OR by_token ~ '^tok_slow_[0-9]{1,5}$'
				THEN 'authorized'
			ELSE 'declined' END;
		INSERT INTO sandbox.authorization (id, payment, operation, amount, currency, token, status,
			reason, expires_at, due_at)
		VALUES ('auth_' || replace(gen_random_uuid()::text, '-', ''), for_payment, by_key, of_amount,
			in_currency, by_token, kind, CASE WHEN kind = 'declined' THEN CASE by_token
				WHEN 'tok_decline' THEN 'card_declined'
				WHEN 'tok_insufficient_funds' THEN 'insufficient_funds'
				ELSE 'token_unknown' END END,
			now() + s.hold_ms * interval '1 ms',
			CASE WHEN kind = 'processing' THEN now() + interval '1 ms' *
				coalesce(substring(by_token FROM '[0-9]+')::integer, 1000) END)
		RETURNING * INTO a;
		IF kind IN ('authorized', 'declined', 'requires_action') THEN
			PERFORM sandbox.happen(CASE kind WHEN 'requires_action' THEN 'action_required'
				ELSE kind END, a, by_key, a.id, a.amount, a.reason, false);
		END IF;
		status := CASE kind WHEN 'declined' THEN 402 ELSE 201 END;
		body := sandbox.show(a);
	END IF;
	IF status < 500 THEN
		SELECT f.status, f.body, f.delay_ms INTO status, body, delay_ms
		FROM sandbox.finish(by_key, by_token, status, body) f;
	END IF;
END
$$;

-- Makes time pass for one authorisation: a hold that is over ends, a late one succeeds.
CREATE FUNCTION sandbox.pass_time(of_id text) RETURNS sandbox.authorization
LANGUAGE plpgsql AS $$
DECLARE
	a sandbox.authorization;
BEGIN
	SELECT * INTO a FROM sandbox.authorization WHERE id = of_id FOR UPDATE;
	IF a.status = 'processing' AND a.due_at <= now() THEN
		UPDATE sandbox.authorization SET status = 'authorized' WHERE id = of_id RETURNING * INTO a;
		PERFORM sandbox.happen('authorized', a, a.operation, a.id, a.amount, NULL, true);
	ELSIF a.status = 'authorized' AND NOT a.released AND a.captured < a.amount
		AND a.expires_at <= now() THEN
		UPDATE sandbox.authorization SET status = CASE WHEN captured > 0 THEN status ELSE 'expired' END,
			released = true
		WHERE id = of_id RETURNING * INTO a;
		PERFORM sandbox.happen('expired', a, NULL, a.id, a.amount - a.captured, 'hold_expired', true);
	END IF;
	RETURN a;
END
$$;

CREATE FUNCTION sandbox.refuse(why text, object text, OUT status integer, OUT body json)
LANGUAGE sql AS $$
	SELECT 400, to_json(r) FROM (SELECT why AS error, object AS id) r
$$;

CREATE FUNCTION sandbox.capture(of_id text, by_key text, by_hash text, of_amount bigint,
	is_final boolean, OUT status integer, OUT body json, OUT delay_ms integer)
LANGUAGE plpgsql AS $$
DECLARE
	a sandbox.authorization;
	object text := 'cap_' || replace(gen_random_uuid()::text, '-', '');
	why text;
BEGIN
	SELECT b.status, b.body INTO status, body FROM sandbox.begin(by_key, by_hash) b;
	IF status IS NULL THEN
		a := sandbox.pass_time(of_id);
		why := CASE WHEN a.id IS NULL THEN 'authorization_unknown'
			WHEN a.status <> 'authorized' OR a.released THEN 'authorization_' || CASE
				WHEN a.released AND a.status = 'authorized' THEN 'released' ELSE a.status END
			WHEN of_amount > a.amount - a.captured THEN 'amount_too_large'
			WHEN a.token = 'tok_capture_fail' THEN 'capture_declined' END;
		IF why IS NOT NULL THEN
			IF a.id IS NOT NULL THEN
				PERFORM sandbox.happen('capture_failed', a, by_key, object, of_amount, why, false);
			END IF;
			SELECT r.status, r.body INTO status, body FROM sandbox.refuse(why, object) r;
		ELSE
			UPDATE sandbox.authorization
			SET captured = captured + of_amount,
				released = is_final OR captured + of_amount = amount
			WHERE id = of_id RETURNING * INTO a;
			PERFORM sandbox.happen('captured', a, by_key, object, of_amount, NULL, false);
			IF a.token = 'tok_dispute' THEN
				PERFORM sandbox.happen('disputed', a, NULL, 'dis_' || substr(object, 5), of_amount,
					'fraudulent', true);
			END IF;
			status := 201;
			SELECT to_json(r) INTO body FROM (SELECT object AS id, 'captured' AS status,
				of_amount AS amount, a.released) r;
		END IF;
	END IF;
	IF status < 500 THEN
		SELECT f.status, f.body, f.delay_ms INTO status, body, delay_ms
		FROM sandbox.finish(by_key, a.token, status, body) f;
	END IF;
END
$$;

CREATE FUNCTION sandbox.void(of_id text, by_key text, by_hash text, OUT status integer, OUT body json,
	OUT delay_ms integer)
LANGUAGE plpgsql AS $$
DECLARE
	a sandbox.authorization;
	rest bigint;
BEGIN
	SELECT b.status, b.body INTO status, body FROM sandbox.begin(by_key, by_hash) b;
	IF status IS NULL THEN
		a := sandbox.pass_time(of_id);
		IF a.id IS NULL OR a.released OR a.status NOT IN ('authorized', 'processing', 'requires_action')
		THEN
			SELECT r.status, r.body INTO status, body
			FROM sandbox.refuse('authorization_' || CASE WHEN a.id IS NULL THEN 'unknown'
				WHEN a.released THEN 'released' ELSE a.status END, NULL) r;
		ELSE
			rest := CASE WHEN a.status = 'authorized' THEN a.amount - a.captured ELSE 0 END;
			UPDATE sandbox.authorization auth
			SET status = CASE WHEN captured > 0 THEN auth.status ELSE 'voided' END, released = true
			WHERE id = of_id RETURNING * INTO a;
			PERFORM sandbox.happen('voided', a, by_key, a.id, rest, NULL, false);
			status := 201;
			SELECT to_json(r) INTO body FROM (SELECT a.id, 'voided' AS status, rest AS amount,
				true AS released) r;
		END IF;
	END IF;
	IF status < 500 THEN
		SELECT f.status, f.body, f.delay_ms INTO status, body, delay_ms
		FROM sandbox.finish(by_key, a.token, status, body) f;
	END IF;
END
$$;

CREATE FUNCTION sandbox.refund(of_id text, by_key text, by_hash text, of_amount bigint,
	OUT status integer, OUT body json, OUT delay_ms integer)
LANGUAGE plpgsql AS $$
DECLARE
	a sandbox.authorization;
	object text := 'ref_' || replace(gen_random_uuid()::text, '-', '');
	why text;
BEGIN
	SELECT b.status, b.body INTO status, body FROM sandbox.begin(by_key, by_hash) b;
	IF status IS NULL THEN
		SELECT * INTO a FROM sandbox.authorization WHERE id = of_id FOR UPDATE;
		why := CASE WHEN a.id IS NULL THEN 'authorization_unknown'
			WHEN of_amount > a.captured - a.refunded THEN 'amount_too_large' END;
		IF why IS NOT NULL THEN
			SELECT r.status, r.body INTO status, body FROM sandbox.refuse(why, object) r;
		ELSE
			status := 201;
			IF a.token = 'tok_refund_fail' THEN
				PERFORM sandbox.happen('refund_failed', a, by_key, object, of_amount,
					'refund_declined', false);
			ELSE
				UPDATE sandbox.authorization SET refunded = refunded + of_amount
				WHERE id = of_id RETURNING * INTO a;
				PERFORM sandbox.happen('refunded', a, by_key, object, of_amount, NULL, false);
			END IF;
			SELECT to_json(r) INTO body FROM (SELECT object AS id,
				CASE WHEN a.token = 'tok_refund_fail' THEN 'failed' ELSE 'refunded' END AS status,
				of_amount AS amount,
				CASE WHEN a.token = 'tok_refund_fail' THEN 'refund_declined' END AS reason) r;
		END IF;
	END IF;
	IF status < 500 THEN
		SELECT f.status, f.body, f.delay_ms INTO status, body, delay_ms
		FROM sandbox.finish(by_key, a.token, status, body) f;
	END IF;
END
$$;

-- A hold is prolonged from now on.
CREATE FUNCTION sandbox.renew(of_id text, by_key text, by_hash text, OUT status integer, OUT body json,
	OUT delay_ms integer)
LANGUAGE plpgsql AS $$
DECLARE
	a sandbox.authorization;
BEGIN
	SELECT b.status, b.body INTO status, body FROM sandbox.begin(by_key, by_hash) b;
	IF status IS NULL THEN
		a := sandbox.pass_time(of_id);
		IF a.status IS DISTINCT FROM 'authorized' OR a.released THEN
			SELECT r.status, r.body INTO status, body
			FROM sandbox.refuse('authorization_' || coalesce(a.status, 'unknown'), NULL) r;
		ELSE
			UPDATE sandbox.authorization
			SET expires_at = now() + (SELECT hold_ms FROM sandbox.setting) * interval '1 ms'
			WHERE id = of_id RETURNING * INTO a;
			status := 201;
			body := sandbox.show(a);
		END IF;
	END IF;
	IF status < 500 THEN
		SELECT f.status, f.body, f.delay_ms INTO status, body, delay_ms
		FROM sandbox.finish(by_key, a.token, status, body) f;
	END IF;
END
$$;

-- What the customer does in the bank's window.
CREATE FUNCTION sandbox.challenge(of_id text, outcome text, OUT status integer, OUT body json)
LANGUAGE plpgsql AS $$
DECLARE
	a sandbox.authorization;
BEGIN
	a := sandbox.pass_time(of_id);
	IF a.id IS NULL THEN
		RAISE EXCEPTION 'there is no such challenge'
			USING ERRCODE = 'EC404', CONSTRAINT = 'sandbox_challenge_unknown';
	ELSIF a.status <> 'requires_action' THEN
		RAISE EXCEPTION 'the challenge is over'
			USING ERRCODE = 'EC409', CONSTRAINT = 'sandbox_challenge_over';
	END IF;
	UPDATE sandbox.authorization SET
		status = CASE challenge.outcome WHEN 'success' THEN 'authorized' ELSE 'declined' END,
		reason = CASE challenge.outcome WHEN 'success' THEN NULL ELSE 'authentication_failed' END
	WHERE id = of_id RETURNING * INTO a;
	PERFORM sandbox.happen(a.status, a, a.operation, a.id, a.amount, a.reason, true);
	status := 200;
	body := sandbox.show(a);
END
$$;

-- What nobody asked for: late successes.
CREATE FUNCTION sandbox.tick() RETURNS bigint
LANGUAGE sql AS $$
	SELECT count(sandbox.pass_time(id))
	FROM (
		SELECT id FROM sandbox.authorization
		WHERE status = 'processing' AND due_at <= now()
		ORDER BY due_at LIMIT 1000
	) due
$$;

DO $$
BEGIN
	EXECUTE format('GRANT USAGE ON SCHEMA sandbox TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA sandbox TO %I',
		current_database());
	EXECUTE format('GRANT DELETE ON sandbox.webhook, sandbox.request TO %I', current_database());
END
$$;
