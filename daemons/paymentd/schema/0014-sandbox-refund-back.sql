-- The token tok_refund_back: refunds succeed, and then the customer's bank sends them back.

-- The books at once; the webhook N ms later (1000), when the success is long known.
CREATE FUNCTION sandbox.send_back(about sandbox.authorization, by_operation text, object text,
	of_amount bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	event text := 'evt_' || replace(gen_random_uuid()::text, '-', '');
BEGIN
	UPDATE sandbox.authorization SET refunded = refunded - of_amount WHERE id = about.id;
	INSERT INTO sandbox.movement (id, auth, operation, kind, amount)
	VALUES (object || ':refund_failed', about.id, by_operation, 'refund_failed', of_amount);
	INSERT INTO sandbox.webhook (id, body, due_at)
	SELECT event, to_json(e), now() + interval '1 ms' *
		coalesce(substring(about.token FROM '[0-9]+')::integer, 1000)
	FROM (SELECT event AS id, 'refund_failed' AS type, now() AS created, about.payment,
		by_operation AS operation, about.id AS "authorization", object AS reference,
		of_amount AS amount, about.currency, about.released, 'account_closed' AS reason) e;
END
$$;

-- As before, and the token.
CREATE OR REPLACE FUNCTION sandbox.authorize(by_key text, by_hash text, of_amount bigint, in_currency text,
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
				OR by_token ~ '^tok_refund_back(_[0-9]{1,6})?$' THEN 'authorized'
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

CREATE OR REPLACE FUNCTION sandbox.refund(of_id text, by_key text, by_hash text, of_amount bigint,
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
				IF a.token ~ '^tok_refund_back' THEN
					PERFORM sandbox.send_back(a, by_key, object, of_amount);
				END IF;
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
