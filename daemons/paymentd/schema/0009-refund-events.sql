-- Refunds tell what becomes of them, and other services may ask for them.

ALTER TABLE refund ADD COLUMN return_id uuid; -- orderd's return that it pays back; NULL: none

CREATE VIEW refund_fact AS
SELECT id AS refund, payment_id AS payment, order_id AS "order", return_id AS "return",
	ROW(amount, currency)::money_amount AS amount, reason, status, lines, version
FROM refund;

-- By a trigger: several functions change the state, each in its transaction, and none may forget. The
-- version rises with every state, and the payment's row is locked, so they are in order.
CREATE FUNCTION refund_tell() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'payments.refund.' || f.status, f.refund, f.version, json_strip_nulls(to_json(f))
	FROM refund_fact f WHERE f.refund = NEW.id;
	RETURN NULL;
END
$$;
CREATE TRIGGER refund_told AFTER INSERT OR UPDATE OF status ON refund
	FOR EACH ROW EXECUTE FUNCTION refund_tell();

CREATE OR REPLACE VIEW refund_shown AS
SELECT r.id, r.payment_id AS payment, r.order_id AS "order", p.number,
	ROW(r.amount, r.currency)::money_amount AS amount, r.status, r.reason, r.failure, r.lines,
	r.requested_by, r.decided_by, r.decided_at, r.note, r.version, r.created_at, r.updated_at,
	p.owner, r.return_id AS "return"
FROM refund r
JOIN payment p ON p.id = r.payment_id;

CREATE OR REPLACE FUNCTION refund_show(of_refund uuid) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (
		SELECT to_json(r)
		FROM (
			SELECT id, payment, "order", number, amount, status, reason, failure, lines, "return",
				requested_by, decided_by, decided_at, note, version, created_at, updated_at
			FROM refund_shown
			WHERE id = of_refund
		) r);
END
$$;

-- Why this payment cannot give back so much; NULL: it can. The caller holds the payment's row.
CREATE FUNCTION refund_obstacle(p payment, wanted bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF p.id IS NULL THEN
		RETURN 'payment_unknown';
	ELSIF wanted <= 0 OR wanted > p.captured - p.refunded - p.refund_pending THEN
		RETURN 'refund_exceeds_captured';
	ELSIF p.created_at < now() - interval '1 day' * (
		SELECT refund_days FROM provider WHERE name = p.provider) THEN
		RETURN 'refund_too_late';
	END IF;
	RETURN NULL;
END
$$;

-- Writes a refund: one without an obstacle is called, or waits for approval when it is above what these
-- scopes may.
CREATE FUNCTION refund_add(new_id uuid, p payment, wanted bigint, why text, for_lines jsonb,
	for_return uuid, by_subject text, scopes text[], obstacle text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	state text := CASE WHEN obstacle IS NOT NULL THEN 'failed'
		WHEN wanted > refund_limit_of(scopes) THEN 'requested' ELSE 'pending' END;
BEGIN
	INSERT INTO refund (id, payment_id, order_id, amount, currency, reason, lines, status, failure,
		requested_by, return_id)
	VALUES (new_id, p.id, p.order_id, wanted, p.currency, why, for_lines, state, obstacle,
		by_subject, for_return);
	IF state = 'pending' THEN
		PERFORM refund_start(new_id);
	END IF;
	PERFORM payment_decide(ARRAY[p.id]);
END
$$;

CREATE OR REPLACE FUNCTION refund_create(new_id uuid, by_payment text, by_order text, of_amount bigint,
	is_all boolean, why text, for_lines jsonb, by_subject text, scopes text[]) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	p payment;
	wanted bigint := of_amount;
	obstacle text;
BEGIN
	IF (by_payment IS NULL) = (by_order IS NULL) OR (of_amount IS NULL) <> is_all THEN
		RAISE EXCEPTION 'a refund names an order or a payment, and an amount or all'
			USING ERRCODE = 'EC422', CONSTRAINT = 'refund_incomplete';
	END IF;
	SELECT * INTO p FROM payment WHERE id = payment_meant(by_payment, by_order) FOR UPDATE;
	IF is_all THEN
		wanted := p.captured - p.refunded - p.refund_pending;
	END IF;
	obstacle := refund_obstacle(p, wanted);
	CASE obstacle
	WHEN 'payment_unknown' THEN
		RAISE EXCEPTION 'there is no such payment'
			USING ERRCODE = 'EC422', CONSTRAINT = 'refund_of_nothing';
	WHEN 'refund_exceeds_captured' THEN
		RAISE EXCEPTION 'at most % can be refunded', p.captured - p.refunded - p.refund_pending
			USING ERRCODE = 'EC409', CONSTRAINT = 'refund_too_much';
	WHEN 'refund_too_late' THEN
		RAISE EXCEPTION 'the provider refunds no payment this old'
			USING ERRCODE = 'EC409', CONSTRAINT = 'refund_too_late';
	ELSE
		PERFORM refund_add(new_id, p, wanted, why, for_lines, NULL, by_subject, scopes, NULL);
	END CASE;
	RETURN new_id;
END
$$;

-- What services ask for, each once by its id. One that cannot be is kept as failed, with the reason, so
-- that asking again does not answer anything else.
CREATE FUNCTION refund_request(asked jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	r record;
	p payment;
BEGIN
	PERFORM FROM payment
	WHERE id IN (SELECT a.payment FROM jsonb_to_recordset(asked) a (payment uuid))
	ORDER BY id FOR UPDATE;
	FOR r IN
		SELECT a.* FROM jsonb_to_recordset(asked) a (id uuid, payment uuid, "return" uuid,
			amount bigint, reason text, requested_by text, scopes jsonb, lines jsonb)
		ORDER BY a.payment, a.id
	LOOP
		CONTINUE WHEN EXISTS (SELECT FROM refund WHERE id = r.id);
		SELECT * INTO p FROM payment WHERE id = r.payment;
		CONTINUE WHEN p.currency IS NULL; -- not there, or only cancelled in advance
		PERFORM refund_add(r.id, p, r.amount, r.reason, nullif(r.lines, 'null'), r."return",
			r.requested_by, ARRAY(SELECT jsonb_array_elements_text(r.scopes)),
			refund_obstacle(p, r.amount));
	END LOOP;
	RETURN (
		SELECT coalesce(json_agg(s), '[]')
		FROM (
			SELECT a.id, coalesce(f.status, 'failed') AS status,
				CASE WHEN f.id IS NULL THEN 'payment_unknown' ELSE f.failure END AS failure
			FROM jsonb_to_recordset(asked) a (id uuid)
			LEFT JOIN refund f ON f.id = a.id
		) s);
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT ON refund_fact TO %I', current_database());
END
$$;
