-- The provider `sandbox`: a service of its own that happens to live in this database. It has its own
-- books here, and nothing else of paymentd reads or writes them. docs/sandbox.md describes it.

CREATE SCHEMA sandbox;

INSERT INTO provider VALUES ('sandbox', true, true, true, true, 604800000, 180);

-- One row. Rates in percent.
CREATE TABLE sandbox.setting (
	id boolean PRIMARY KEY DEFAULT true CONSTRAINT sandbox_setting_once CHECK (id),
	latency_ms integer NOT NULL DEFAULT 0,
	failure_rate integer NOT NULL DEFAULT 0, -- answers 503 and does nothing
	lost_rate integer NOT NULL DEFAULT 0,    -- does it, and answers 500
	webhooks text NOT NULL DEFAULT 'late' CONSTRAINT sandbox_webhooks_unknown
		CHECK (webhooks IN ('late', 'all')), -- late: only what no answer could tell
	duplicate_rate integer NOT NULL DEFAULT 0, -- of webhooks
	webhook_delay_ms integer NOT NULL DEFAULT 0, -- at most, by chance: so they overtake each other
	hold_ms bigint NOT NULL DEFAULT 604800000,
	secret text NOT NULL DEFAULT 'whsec_' || replace(gen_random_uuid()::text || gen_random_uuid()::text,
		'-', '')
);
INSERT INTO sandbox.setting DEFAULT VALUES;

CREATE TABLE sandbox.authorization (
	id text COLLATE "C" PRIMARY KEY,
	payment text NOT NULL,   -- the shop's name for it, given back in every event
	operation text NOT NULL,
	amount bigint NOT NULL,
	currency text NOT NULL,
	token text NOT NULL,
	status text NOT NULL, -- requires_action processing authorized declined voided expired
	reason text,
	captured bigint NOT NULL DEFAULT 0,
	refunded bigint NOT NULL DEFAULT 0,
	released boolean NOT NULL DEFAULT false,
	expires_at timestamptz NOT NULL,
	due_at timestamptz, -- of processing: when it succeeds
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT sandbox_books CHECK (0 <= refunded AND refunded <= captured AND captured <= amount)
);
CREATE INDEX authorization_by_payment ON sandbox.authorization (payment);
CREATE INDEX authorization_due ON sandbox.authorization (due_at) WHERE status = 'processing';

-- Everything that moved money, for the report; and what the other operations made.
CREATE TABLE sandbox.movement (
	id text COLLATE "C" PRIMARY KEY,
	auth text NOT NULL REFERENCES sandbox.authorization (id),
	operation text,
	kind text NOT NULL, -- authorized captured voided expired refunded refund_failed disputed dispute_won
	amount bigint NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX movement_by_auth ON sandbox.movement (auth);
CREATE INDEX movement_by_time ON sandbox.movement (created_at);

-- Answers by Idempotency-Key: what has once begun is never done again.
CREATE TABLE sandbox.request (
	key text COLLATE "C" PRIMARY KEY,
	hash text NOT NULL,
	status integer,
	body json,
	tries integer NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX request_by_time ON sandbox.request (created_at);

-- Webhooks that wait for delivery; each is sent until it was taken.
CREATE TABLE sandbox.webhook (
	id text COLLATE "C" NOT NULL,
	copy integer NOT NULL DEFAULT 1, -- duplicates have the same id
	body json NOT NULL,
	state text NOT NULL DEFAULT 'queued',
	attempt integer NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (id, copy)
);
CREATE INDEX webhook_due ON sandbox.webhook (due_at) WHERE state = 'queued';
CREATE INDEX webhook_done ON sandbox.webhook (due_at) WHERE state <> 'queued';

-- Queues the webhook of something that happened.
CREATE FUNCTION sandbox.tell(what text, about sandbox.authorization, by_operation text, object text,
	of_amount bigint, why text, is_late boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	s sandbox.setting;
	event text := 'evt_' || replace(gen_random_uuid()::text, '-', '');
BEGIN
	SELECT * INTO s FROM sandbox.setting;
	IF NOT is_late AND s.webhooks <> 'all' THEN
		RETURN;
	END IF;
	INSERT INTO sandbox.webhook (id, copy, body, due_at)
	SELECT event, copy, to_json(e), now() + random() * s.webhook_delay_ms * interval '1 ms'
	FROM generate_series(1, CASE WHEN random() * 100 < s.duplicate_rate THEN 2 ELSE 1 END) copy,
		LATERAL (SELECT event AS id, what AS type, now() AS created, about.payment,
			by_operation AS operation, about.id AS "authorization", object AS reference,
			of_amount AS amount, about.currency, about.released, why AS reason) e;
END
$$;

-- Something happened: the books, and the webhook.
CREATE FUNCTION sandbox.happen(what text, about sandbox.authorization, by_operation text, object text,
	of_amount bigint, why text, is_late boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF what NOT IN ('declined', 'action_required', 'capture_failed') THEN
		INSERT INTO sandbox.movement (id, auth, operation, kind, amount)
		VALUES (object || ':' || what, about.id, by_operation, what, of_amount);
	END IF;
	PERFORM sandbox.tell(what, about, by_operation, object, of_amount, why, is_late);
END
$$;

CREATE FUNCTION sandbox.show(a sandbox.authorization) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT to_json(r)
	FROM (
		SELECT a.id, a.payment, a.status, a.reason, a.amount, a.currency, a.captured, a.refunded,
			a.released, a.expires_at,
			CASE WHEN a.status = 'requires_action' THEN
				(SELECT to_json(n) FROM (SELECT 'challenge' AS type, a.id AS reference) n) END
				AS next_action
	) r
$$;
