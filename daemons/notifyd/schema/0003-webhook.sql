-- Webhooks to programs of others. An event that matches a subscription is kept with the body that every
-- attempt sends (webhook_event), and is owed to each subscription once (webhook_delivery). A delivery
-- is sent at least once: who is killed between the receiver's answer and the row's change sends
-- again, with the same webhook-id.

-- The options of the daemon, for the functions below; a worker writes them.
CREATE TABLE webhook_setting (
	id boolean PRIMARY KEY DEFAULT true CONSTRAINT webhook_setting_once CHECK (id),
	in_flight integer NOT NULL DEFAULT 4,
	timeout_ms bigint NOT NULL DEFAULT 15000,
	retries_ms bigint[] NOT NULL DEFAULT '{5000,30000,120000,600000}',
	disable_ms bigint NOT NULL DEFAULT 259200000,
	keep_ms bigint NOT NULL DEFAULT 1209600000
);
INSERT INTO webhook_setting DEFAULT VALUES;

CREATE TABLE webhook (
	id uuid PRIMARY KEY,
	url text, -- NULL: nothing is sent, the feed is read instead
	events text[] NOT NULL, -- subjects and patterns of subjects
	description text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT 'active' CONSTRAINT webhook_status_unknown
		CHECK (status IN ('active', 'disabled')),
	reason text, -- of disabled: operator, gone (410), failing
	failures integer NOT NULL DEFAULT 0, -- attempts since the last that succeeded
	failing_since timestamptz(3),
	probe_at timestamptz NOT NULL DEFAULT now(), -- while it fails: the next attempt, not before
	version bigint NOT NULL DEFAULT 1,
	created_by text NOT NULL,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now()
);

-- Needed to sign, so they are here as they are. No constraint that could print a row of it.
CREATE TABLE webhook_secret (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	webhook_id uuid NOT NULL,
	secret text NOT NULL, -- whsec_ and base64
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	ends_at timestamptz(3) -- NULL: the current one
);
CREATE INDEX webhook_secret_owner ON webhook_secret (webhook_id, id);

CREATE TABLE webhook_event (
	number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	xid xid8 NOT NULL DEFAULT pg_current_xact_id(), -- for readers of the feed: see follow_events.sql
	id text COLLATE "C" NOT NULL CONSTRAINT webhook_event_known UNIQUE,
	type text COLLATE "C" NOT NULL,
	aggregate text NOT NULL,
	version bigint NOT NULL,
	occurred_at timestamptz(3) NOT NULL,
	webhook_id uuid, -- a test is for this subscription alone
	body text NOT NULL, -- frozen: what is signed and sent
	taken_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX webhook_event_xid ON webhook_event (xid, number);
CREATE INDEX webhook_event_occurred ON webhook_event (occurred_at);

CREATE TABLE webhook_delivery (
	number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT webhook_delivery_id UNIQUE,
	webhook_id uuid NOT NULL, -- stays when the subscription is deleted
	event bigint NOT NULL,
	status text NOT NULL DEFAULT 'queued' CONSTRAINT webhook_delivery_status_unknown
		CHECK (status IN ('queued', 'sending', 'delivered', 'failed', 'cancelled')),
	reason text, -- of failed: gave_up, gone, expired
	due_at timestamptz NOT NULL DEFAULT now(), -- of sending: the end of the lease
	attempt integer NOT NULL DEFAULT 0,        -- the fencing token, never goes back
	redelivered_at_attempt integer NOT NULL DEFAULT 0, -- tries are counted from here
	last_status integer, -- HTTP; NULL: no answer
	last_error text,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	delivered_at timestamptz(3),
	CONSTRAINT webhook_delivery_known UNIQUE (webhook_id, event)
) WITH (fillfactor = 80);
CREATE INDEX webhook_delivery_open ON webhook_delivery (webhook_id, number)
	WHERE status IN ('queued', 'sending');
CREATE INDEX webhook_delivery_sending ON webhook_delivery (webhook_id) WHERE status = 'sending';
CREATE INDEX webhook_delivery_failed ON webhook_delivery (number) WHERE status = 'failed';
CREATE INDEX webhook_delivery_event ON webhook_delivery (event);

CREATE TABLE webhook_attempt (
	number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
	delivery bigint NOT NULL CONSTRAINT webhook_attempt_delivery_unknown
		REFERENCES webhook_delivery ON DELETE CASCADE,
	attempt integer NOT NULL,
	outcome text NOT NULL, -- delivered, retry, failed, cancelled
	status integer,
	duration_ms integer NOT NULL,
	error text,
	answer text, -- its beginning, escaped
	created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX webhook_attempt_of ON webhook_attempt (delivery, number);
CREATE INDEX webhook_attempt_xid ON webhook_attempt (xid, number);

-- --- which events -----------------------------------------------------------------------------------

-- `*` is one word of a subject, `>` at the end one or more.
CREATE FUNCTION webhook_matches(patterns text[], subject text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	pattern text;
BEGIN
	FOREACH pattern IN ARRAY patterns LOOP
		IF pattern = subject OR pattern = '>' THEN
			RETURN true;
		ELSIF strpos(pattern, '*') > 0 THEN
			IF subject ~ ('^' || replace(replace(replace(pattern, '.', '\.'), '*', '[^.]+'),
					'>', '.+') || '$') THEN
				RETURN true;
			END IF;
		ELSIF right(pattern, 2) = '.>' AND starts_with(subject, left(pattern, -1)) THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;

CREATE FUNCTION webhook_patterns(list jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(p) FROM jsonb_array_elements_text(list) AS p
$$;

-- A batch of events as consumers get it. Whether anybody wants one of its kinds is found out once per
-- kind, so that busy streams cost next to nothing.
CREATE FUNCTION webhook_take(events jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM webhook) THEN
		RETURN;
	END IF;
	WITH wanted AS MATERIALIZED (
		SELECT kind.subject, w.id, w.status = 'active' AND w.url IS NOT NULL AS sends
		FROM (SELECT DISTINCT e->>'subject' AS subject FROM jsonb_array_elements(events) AS e) kind
		JOIN webhook w ON webhook_matches(w.events, kind.subject)
	), kept AS (
		INSERT INTO webhook_event (id, type, aggregate, version, occurred_at, body)
		SELECT e->>'id', e->>'subject', e->>'aggregate', (e->>'version')::bigint,
			(e->>'time')::timestamptz,
			(SELECT to_json(b) FROM (SELECT e->>'subject' AS type, e->>'time' AS timestamp,
				e->>'id' AS id, e->>'aggregate' AS aggregate, e->'version' AS version,
				e->'data' AS data) b)::text
		FROM jsonb_array_elements(events) WITH ORDINALITY AS list (e, place)
		WHERE e->>'subject' IN (SELECT subject FROM wanted)
		ORDER BY place
		ON CONFLICT DO NOTHING
		RETURNING number, type
	)
	INSERT INTO webhook_delivery (webhook_id, event)
	SELECT wanted.id, kept.number
	FROM kept JOIN wanted ON wanted.subject = kept.type AND wanted.sends
	ORDER BY kept.number, wanted.id;
END
$$;

-- --- sending ----------------------------------------------------------------------------------------

-- From so many failures in a row on, a receiver gets one attempt at a time.
CREATE FUNCTION webhook_is_probed(failures integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT failures >= 3 $$;

-- Takes what is due, of each subscription in turn and never more than may be under way, so that a slow
-- receiver delays no other. Whoever claims for a subscription or settles holds its row before any
-- delivery; what is under way is counted by a statement after that lock.
CREATE FUNCTION webhook_claim(batch integer, lease_ms bigint)
RETURNS TABLE (id uuid, attempt integer, url text, message text, body text, secrets text)
LANGUAGE plpgsql AS $$
DECLARE
	at_most integer := (SELECT s.in_flight FROM webhook_setting s);
	held uuid[];
BEGIN
	held := ARRAY(
		SELECT w.id FROM webhook w
		WHERE w.status = 'active' AND w.url IS NOT NULL
			AND (NOT webhook_is_probed(w.failures) OR w.probe_at <= now())
			AND EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id
				AND d.status IN ('queued', 'sending') AND d.due_at <= now())
		ORDER BY w.id FOR NO KEY UPDATE SKIP LOCKED);
	IF held = '{}' THEN
		RETURN;
	END IF;
	RETURN QUERY
	WITH due AS (
		SELECT d.number, row_number() OVER (PARTITION BY w.id ORDER BY d.number) AS place
		FROM webhook w, LATERAL (
			SELECT o.number FROM webhook_delivery o
			WHERE o.webhook_id = w.id AND o.status IN ('queued', 'sending')
				AND o.due_at <= now()
			ORDER BY o.number
			LIMIT greatest(0, CASE WHEN webhook_is_probed(w.failures) THEN 1 ELSE at_most END - (
				SELECT count(*) FROM webhook_delivery u
				WHERE u.webhook_id = w.id AND u.status = 'sending' AND u.due_at > now()))
		) d
		WHERE w.id = ANY (held)
		ORDER BY place, d.number LIMIT batch
	), taken AS (
		UPDATE webhook_delivery t SET status = 'sending', attempt = t.attempt + 1,
			due_at = now() + lease_ms * interval '1 ms'
		FROM due WHERE t.number = due.number
		RETURNING t.*
	)
	SELECT t.id, t.attempt, w.url, e.id || '_' || replace(w.id::text, '-', ''), e.body,
		(SELECT string_agg(s.secret, ' ' ORDER BY s.id DESC) FROM webhook_secret s
			WHERE s.webhook_id = w.id AND (s.ends_at IS NULL OR s.ends_at > now()))
	FROM taken t JOIN webhook w ON w.id = t.webhook_id
	JOIN webhook_event e ON e.number = t.event
	ORDER BY t.number;
END
$$;

-- Not by a person: staff are told, once per time that it happens.
CREATE FUNCTION webhook_disable(wanted uuid, why text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	w webhook;
BEGIN
	UPDATE webhook SET status = 'disabled', reason = why, version = version + 1, updated_at = now()
	WHERE id = wanted AND status = 'active' RETURNING * INTO w;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'notifications.webhook.disabled', w.id::text, w.version, to_json(d)
	FROM (SELECT w.id AS webhook, w.reason, w.version) d;
	INSERT INTO notification (key, template, category, refs)
	SELECT 'webhook_disabled:' || w.id || ':' || w.version, 'webhook_disabled', 'staff', to_jsonb(r)
	FROM (SELECT w.id AS webhook, w.url, w.description, w.failing_since, (
			SELECT concat_ws(' ', d.last_status, d.last_error) FROM webhook_delivery d
			WHERE d.webhook_id = w.id AND d.last_error IS NOT NULL
			ORDER BY d.number DESC LIMIT 1) AS reason) r
	ON CONFLICT DO NOTHING;
END
$$;

-- A success ends the failing; what waited for its next try is tried at once then.
CREATE FUNCTION webhook_worked(w webhook) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF w.failures = 0 THEN
		RETURN;
	END IF;
	UPDATE webhook SET failures = 0, failing_since = NULL WHERE id = w.id;
	IF webhook_is_probed(w.failures) THEN
		UPDATE webhook_delivery SET due_at = now()
		WHERE webhook_id = w.id AND status = 'queued' AND due_at > now();
	END IF;
END
$$;

CREATE FUNCTION webhook_failed(w webhook, http integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	setting webhook_setting := (SELECT s FROM webhook_setting s);
	gap_ms bigint := least(60000,
		setting.retries_ms[least(greatest(w.failures - 1, 1), cardinality(setting.retries_ms))]);
BEGIN
	UPDATE webhook SET failures = failures + 1, failing_since = coalesce(failing_since, now()),
		probe_at = clock_timestamp() + gap_ms * interval '1 ms'
	WHERE id = w.id RETURNING * INTO w;
	IF http = 410 THEN
		PERFORM webhook_disable(w.id, 'gone');
	ELSIF webhook_is_probed(w.failures)
			AND w.failing_since <= now() - setting.disable_ms * interval '1 ms' THEN
		PERFORM webhook_disable(w.id, 'failing');
	END IF;
END
$$;

-- What becomes of a delivery after an attempt; the times between tries vary by a tenth.
CREATE FUNCTION webhook_settle_one(d webhook_delivery, known boolean, http integer, OUT outcome text,
	OUT wait_ms bigint) LANGUAGE plpgsql AS $$
DECLARE
	retries bigint[] := (SELECT retries_ms FROM webhook_setting);
	tries integer := d.attempt - d.redelivered_at_attempt;
BEGIN
	wait_ms := 0;
	IF http BETWEEN 200 AND 299 THEN
		outcome := 'delivered';
	ELSIF NOT known THEN
		outcome := 'cancelled';
	ELSIF http = 410 OR tries > cardinality(retries) THEN
		outcome := 'failed';
	ELSE
		outcome := 'retry';
		wait_ms := retries[greatest(tries, 1)] * (0.9 + 0.2 * random());
	END IF;
END
$$;

-- [{delivery, attempt, status, duration_ms, error, answer}]; an old attempt changes nothing.
CREATE FUNCTION webhook_settle(answers jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	answer record;
	d webhook_delivery;
	w webhook;
	known boolean;
	decided record;
BEGIN
	PERFORM FROM webhook WHERE id IN (
		SELECT webhook_id FROM webhook_delivery
		WHERE id IN (SELECT (a->>'delivery')::uuid FROM jsonb_array_elements(answers) AS a))
	ORDER BY id FOR NO KEY UPDATE;
	FOR answer IN
		SELECT * FROM jsonb_to_recordset(answers) AS a (delivery uuid, attempt integer,
			status integer, duration_ms integer, error text, answer text)
		ORDER BY delivery
	LOOP
		SELECT * INTO d FROM webhook_delivery
		WHERE id = answer.delivery AND attempt = answer.attempt AND status = 'sending' FOR UPDATE;
		CONTINUE WHEN NOT FOUND;
		SELECT * INTO w FROM webhook WHERE id = d.webhook_id;
		known := FOUND;
		decided := webhook_settle_one(d, known, answer.status);
		UPDATE webhook_delivery SET
			status = CASE decided.outcome WHEN 'retry' THEN 'queued' ELSE decided.outcome END,
			reason = CASE decided.outcome WHEN 'failed' THEN
				CASE answer.status WHEN 410 THEN 'gone' ELSE 'gave_up' END END,
			due_at = clock_timestamp() + decided.wait_ms * interval '1 ms',
			last_status = answer.status, last_error = answer.error,
			delivered_at = CASE decided.outcome WHEN 'delivered' THEN now() ELSE delivered_at END
		WHERE number = d.number;
		INSERT INTO webhook_attempt (delivery, attempt, outcome, status, duration_ms, error, answer)
		VALUES (d.number, d.attempt, decided.outcome, answer.status, answer.duration_ms,
			answer.error, answer.answer);
		IF known AND decided.outcome = 'delivered' THEN
			PERFORM webhook_worked(w);
		ELSIF known THEN
			PERFORM webhook_failed(w, answer.status);
		END IF;
	END LOOP;
END
$$;

-- --- what operators see and do ----------------------------------------------------------------------

CREATE FUNCTION webhook_body(w webhook) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
		SELECT w.id, w.url, w.events, w.description, w.status, w.reason, w.failures, w.failing_since,
			(SELECT count(*) FROM (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id
				AND d.status IN ('queued', 'sending') LIMIT 10000) o) AS queued,
			(SELECT coalesce(json_agg(s ORDER BY s.created_at DESC), '[]') FROM (
				SELECT created_at, ends_at FROM webhook_secret
				WHERE webhook_id = w.id AND (ends_at IS NULL OR ends_at > now())) s) AS secrets,
			w.version, w.created_by, w.created_at, w.updated_at) r);
END
$$;

-- So many that all of them together, each with the usual number under way, fit into what an instance
-- sends at once.
CREATE FUNCTION webhook_create(wanted uuid, address text, patterns jsonb, about text, signing text,
	subject text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	w webhook;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('webhook', 0));
	IF (SELECT count(*) FROM webhook) >= 64 THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'webhook_too_many',
			MESSAGE = 'There are 64 webhooks already.',
			HINT = 'Delete one that nobody needs.';
	END IF;
	INSERT INTO webhook (id, url, events, description, created_by)
	VALUES (wanted, address, webhook_patterns(patterns), about, subject) RETURNING * INTO w;
	INSERT INTO webhook_secret (webhook_id, secret) VALUES (w.id, signing);
	RETURN webhook_body(w);
END
$$;

-- The old ones end at the latest after the overlap. More than a few at once help nobody.
CREATE FUNCTION webhook_rotate(wanted uuid, signing text, overlap_ms bigint) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	w webhook;
BEGIN
	UPDATE webhook SET version = version + 1, updated_at = now() WHERE id = wanted RETURNING * INTO w;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	DELETE FROM webhook_secret WHERE webhook_id = w.id AND ends_at <= now();
	UPDATE webhook_secret SET ends_at = least(ends_at, now() + overlap_ms * interval '1 ms')
	WHERE webhook_id = w.id;
	DELETE FROM webhook_secret WHERE webhook_id = w.id AND id NOT IN (
		SELECT id FROM webhook_secret WHERE webhook_id = w.id ORDER BY id DESC LIMIT 2);
	INSERT INTO webhook_secret (webhook_id, secret) VALUES (w.id, signing);
	DELETE FROM webhook_secret WHERE webhook_id = w.id AND ends_at <= now();
	RETURN webhook_body(w);
END
$$;

CREATE FUNCTION webhook_delete(wanted uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM webhook WHERE id = wanted;
	DELETE FROM webhook_secret WHERE webhook_id = wanted;
	UPDATE webhook_delivery SET status = 'cancelled', due_at = now()
	WHERE webhook_id = wanted AND status = 'queued';
	RETURN true;
END
$$;

-- It can be sent to: held, so that it stays so.
CREATE FUNCTION webhook_sending(wanted uuid) RETURNS webhook LANGUAGE plpgsql AS $$
DECLARE
	w webhook;
BEGIN
	SELECT * INTO w FROM webhook WHERE id = wanted FOR NO KEY UPDATE;
	IF w.id IS NOT NULL AND (w.status <> 'active' OR w.url IS NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'webhook_not_active',
			MESSAGE = CASE WHEN w.url IS NULL THEN 'This webhook has no URL.'
				ELSE 'The webhook is disabled.' END,
			HINT = CASE WHEN w.url IS NULL THEN 'Its events are read from the feed.'
				ELSE 'ecomctl webhook update ' || w.id || ' --status active' END;
	END IF;
	RETURN w;
END
$$;

CREATE FUNCTION webhook_delivery_body(d webhook_delivery) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
		SELECT d.id, d.webhook_id AS webhook, e.id AS event, e.type, e.aggregate, e.version,
			e.id || '_' || replace(d.webhook_id::text, '-', '') AS message, d.status, d.reason,
			d.attempt AS attempts, d.last_status, d.last_error,
			CASE WHEN d.status = 'queued' THEN d.due_at::timestamptz(3) END AS due_at, d.created_at,
			d.delivered_at
		FROM webhook_event e WHERE e.number = d.event) r);
END
$$;

CREATE FUNCTION webhook_test(wanted uuid, made uuid) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	w webhook := webhook_sending(wanted);
	at_ms timestamptz(3) := clock_timestamp();
	d webhook_delivery;
	event bigint;
BEGIN
	INSERT INTO webhook_event (id, type, aggregate, version, occurred_at, webhook_id, body)
	SELECT 'TEST-' || made, 'webhooks.test', w.id, w.version, at_ms, w.id, to_json(b)::text
	FROM (SELECT 'webhooks.test' AS type,
			to_char(at_ms AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS timestamp,
			'TEST-' || made AS id, w.id AS aggregate, w.version,
			(SELECT to_json(t) FROM (SELECT w.id AS webhook) t) AS data) b
	RETURNING number INTO event;
	INSERT INTO webhook_delivery (id, webhook_id, event) VALUES (made, w.id, event) RETURNING * INTO d;
	RETURN webhook_delivery_body(d);
END
$$;

-- From the beginning of its tries. One that is being sent stays as it is.
CREATE FUNCTION webhook_redeliver(wanted uuid) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	d webhook_delivery;
	w webhook;
BEGIN
	SELECT * INTO d FROM webhook_delivery WHERE id = wanted;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	w := webhook_sending(d.webhook_id);
	IF w.id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'webhook_deleted',
			MESSAGE = 'The webhook of this delivery was deleted.',
			HINT = 'Make it again, and replay what it missed.';
	END IF;
	UPDATE webhook_delivery SET status = 'queued', reason = NULL, due_at = now(),
		redelivered_at_attempt = attempt
	WHERE number = d.number AND status <> 'sending';
	SELECT * INTO d FROM webhook_delivery WHERE number = d.number;
	RETURN webhook_delivery_body(d);
END
$$;

-- The kept events of a time range again, a part at a time: called again with `next` until it is null.
CREATE FUNCTION webhook_replay(wanted uuid, since timestamptz, until timestamptz, types text[],
	after bigint, OUT replayed bigint, OUT further bigint) LANGUAGE plpgsql AS $$
DECLARE
	w webhook := webhook_sending(wanted);
	numbers bigint[];
BEGIN
	numbers := ARRAY(
		SELECT e.number FROM webhook_event e
		WHERE e.number > after AND e.webhook_id IS NULL AND e.occurred_at >= since
			AND (until IS NULL OR e.occurred_at < until)
			AND webhook_matches(w.events, e.type)
			AND (types IS NULL OR webhook_matches(types, e.type))
		ORDER BY e.number LIMIT 1000);
	INSERT INTO webhook_delivery (webhook_id, event)
	SELECT w.id, number FROM unnest(numbers) AS number ORDER BY number
	ON CONFLICT ON CONSTRAINT webhook_delivery_known DO UPDATE SET status = 'queued',
		reason = NULL, due_at = now(), redelivered_at_attempt = webhook_delivery.attempt
	WHERE webhook_delivery.status <> 'sending';
	GET DIAGNOSTICS replayed = ROW_COUNT;
	further := CASE WHEN cardinality(numbers) = 1000 THEN numbers[1000] END;
END
$$;

CREATE FUNCTION webhook_deliveries(of_webhook uuid, in_status text, patterns text, since timestamptz,
	after bigint, at_most bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		WITH page AS MATERIALIZED (
			SELECT d AS delivery, d.number
			FROM webhook_delivery d JOIN webhook_event e ON e.number = d.event
			WHERE (of_webhook IS NULL OR d.webhook_id = of_webhook)
				AND (in_status IS NULL OR d.status = in_status)
				AND (patterns IS NULL OR webhook_matches(ARRAY[patterns], e.type))
				AND (since IS NULL OR d.created_at >= since)
				AND (after IS NULL OR d.number < after)
			ORDER BY d.number DESC LIMIT at_most + 1
		), shown AS (
			SELECT * FROM page ORDER BY number DESC LIMIT at_most
		)
		SELECT to_json(r) FROM (SELECT
			(SELECT coalesce(json_agg(webhook_delivery_body(delivery) ORDER BY number DESC), '[]')
				FROM shown) AS data,
			(SELECT cursor_encode(jsonb_build_array(min(number))) FROM shown
				HAVING (SELECT count(*) FROM page) > at_most) AS next) r);
END
$$;

-- --- keeping ----------------------------------------------------------------------------------------

-- Ends what is too old to be sent and what nobody gets any more, and removes what was kept long enough;
-- a part at a time: called until it answers 0.
CREATE FUNCTION webhook_forget(batch bigint, kept_ms bigint, OUT removed bigint, OUT oldest double precision)
LANGUAGE plpgsql AS $$
DECLARE
	cutoff timestamptz := now() - kept_ms * interval '1 ms';
	part bigint;
BEGIN
	removed := 0;
	UPDATE webhook_delivery d SET due_at = now(),
		status = CASE WHEN w.id IS NULL THEN 'cancelled' ELSE 'failed' END,
		reason = CASE WHEN w.id IS NOT NULL THEN 'expired' END
	FROM (SELECT number, webhook_id FROM webhook_delivery o
		WHERE o.status IN ('queued', 'sending') AND (o.status = 'queued' OR o.due_at <= now())
			AND (o.created_at < cutoff
			OR NOT EXISTS (SELECT FROM webhook WHERE webhook.id = o.webhook_id))
		ORDER BY o.number LIMIT batch FOR UPDATE SKIP LOCKED) old
	LEFT JOIN webhook w ON w.id = old.webhook_id
	WHERE d.number = old.number;
	GET DIAGNOSTICS part = ROW_COUNT;
	removed := removed + part;
	DELETE FROM webhook_delivery WHERE number IN (
		SELECT number FROM (SELECT number, status, created_at FROM webhook_delivery
			ORDER BY number LIMIT batch) oldest
		WHERE created_at < cutoff AND status NOT IN ('queued', 'sending'));
	GET DIAGNOSTICS part = ROW_COUNT;
	removed := removed + part;
	DELETE FROM webhook_event e WHERE e.number IN (
		SELECT number FROM webhook_event WHERE taken_at < cutoff ORDER BY number LIMIT batch)
		AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.event = e.number);
	GET DIAGNOSTICS part = ROW_COUNT;
	DELETE FROM webhook_secret WHERE ends_at <= now();
	removed := removed + part;
	oldest := (SELECT extract(epoch FROM now() - e.taken_at) FROM webhook_event e
		ORDER BY e.number LIMIT 1);
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, UPDATE ON webhook_setting TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON webhook, webhook_secret, webhook_delivery TO %I',
		current_database());
	EXECUTE format('GRANT SELECT, INSERT, DELETE ON webhook_event TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT ON webhook_attempt TO %I', current_database());
END
$$;
