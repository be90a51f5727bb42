-- From 'queued' to 'sent' or 'dead': what is taken, what becomes of it, and what people do about it.

-- A row ends without having been sent; told once, because the row must be queued.
CREATE FUNCTION notification_die(target uuid, why text, error text) RETURNS void
LANGUAGE sql AS $$
	WITH dead AS (
		UPDATE notification SET status = 'dead', reason = why, last_error = coalesce(error, last_error)
		WHERE id = target AND status = 'queued'
		RETURNING id AS notification, template, channel, order_id AS "order", reason, 1 AS version
	)
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'notifications.notification.dead', notification, version, to_json(dead) FROM dead;
$$;

-- How many of a channel may be taken. Of a closed one whose time is up: one, and until that is settled
-- or its lease has ended nobody takes another.
CREATE FUNCTION channel_room(c channel, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
	IF c.closed_until IS NULL THEN
		RETURN batch;
	END IF;
	PERFORM FROM channel WHERE name = c.name AND closed_until = c.closed_until
		FOR UPDATE SKIP LOCKED;
	RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END
$$;

-- Takes what is due. The lease is the time until a row is due again: what a killed process had taken is
-- sent again then.
CREATE FUNCTION notification_send_claim(batch integer, lease_ms bigint) RETURNS SETOF notification
LANGUAGE plpgsql AS $$
DECLARE
	lease interval := lease_ms * interval '1 millisecond';
	c channel;
	room integer;
	taken uuid[];
BEGIN
	FOR c IN SELECT * FROM channel WHERE closed_until IS NULL OR closed_until <= now()
		ORDER BY name
	LOOP
		IF NOT EXISTS (SELECT FROM notification
			WHERE status = 'queued' AND due_at <= now() AND channel = c.name) THEN
			CONTINUE;
		END IF;
		room := channel_room(c, batch);
		SELECT array_agg(d.id) INTO taken FROM (
			SELECT id FROM notification
			WHERE status = 'queued' AND due_at <= now() AND channel = c.name
			ORDER BY due_at LIMIT room FOR UPDATE SKIP LOCKED) d;
		IF taken IS NULL THEN
			CONTINUE;
		END IF;
		PERFORM notification_die(id, 'expired', NULL) FROM notification
			WHERE id = ANY (taken) AND expires_at <= now();
		IF c.closed_until IS NOT NULL THEN
			UPDATE channel SET closed_until = now() + lease, probe = taken[1]
			WHERE name = c.name AND EXISTS (SELECT FROM notification
				WHERE id = taken[1] AND status = 'queued');
		END IF;
		RETURN QUERY UPDATE notification SET attempt = attempt + 1, due_at = now() + lease
			WHERE id = ANY (taken) AND status = 'queued'
			RETURNING *;
		batch := batch - cardinality(taken);
		EXIT WHEN batch <= 0;
	END LOOP;
END
$$;

-- What a channel learns from answers: any reply of a server opens it; that nobody can be reached closes
-- it, for longer each time, at most :most_ms.
CREATE FUNCTION channel_settle(answers jsonb, most_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE channel c
	SET failures = CASE WHEN a.reached THEN 0 ELSE failures + 1 END,
		closed_until = CASE WHEN NOT a.reached THEN now() + (0.5 + random() / 2)
			* least(most_ms, 1000 * 2 ^ least(failures, 20)) * interval '1 millisecond' END,
		probe = NULL, last_error = CASE WHEN NOT a.reached THEN a.error END, changed_at = now()
	FROM (
		SELECT x.channel, bool_or(x.outcome = 'sent' OR x.code IS NOT NULL) AND
				NOT bool_or(x.outcome = 'down') AS reached,
			bool_or(x.outcome = 'down') AS down, array_agg(x.id) AS ids, max(x.error) AS error
		FROM jsonb_to_recordset(answers) AS x(id uuid, channel text, outcome text, code integer,
			error text)
		GROUP BY x.channel
	) a
	WHERE c.name = a.channel
	AND CASE WHEN a.reached THEN closed_until IS NOT NULL
		ELSE probe = ANY (a.ids) OR (a.down AND closed_until IS NULL) END;
END
$$;

-- Settles what was claimed, each unless it has moved on meanwhile: {id, attempt, channel, transport,
-- outcome, code, error, retry_ms, message_id, reason}. outcome: sent; refused (for good, with reason); retry; down
-- (nobody was reached: it counts for the channel and not for the row). What has been tried for give_up_ms
-- without success dies.
CREATE FUNCTION notification_send_settle(answers jsonb, give_up_ms bigint, most_ms bigint)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	r record;
	n notification;
	next_at timestamptz;
BEGIN
	FOR r IN SELECT * FROM jsonb_to_recordset(answers) AS x(id uuid, attempt integer, channel text,
			transport text, outcome text, code integer, error text, retry_ms bigint,
			message_id text, reason text)
		ORDER BY id
	LOOP
		SELECT * INTO n FROM notification
		WHERE id = r.id AND attempt = r.attempt AND status = 'queued'
		FOR UPDATE;
		CONTINUE WHEN NOT FOUND;
		INSERT INTO notification_attempt (notification_id, attempt, transport, outcome, code, error)
		VALUES (r.id, r.attempt, r.transport, r.outcome, r.code, r.error);
		next_at := now() + r.retry_ms * interval '1 millisecond';
		IF r.outcome = 'sent' THEN
			UPDATE notification SET status = 'sent', sent_at = now(), tries = tries + 1,
				message_id = r.message_id, last_error = NULL
			WHERE id = r.id;
		ELSIF r.outcome = 'refused' THEN
			PERFORM notification_die(r.id, coalesce(r.reason, 'refused'), r.error);
		ELSIF next_at >= n.expires_at THEN
			PERFORM notification_die(r.id, 'expired', r.error);
		ELSIF next_at >= n.created_at + give_up_ms * interval '1 millisecond' THEN
			PERFORM notification_die(r.id, 'gave_up', r.error);
		ELSE
			UPDATE notification SET due_at = next_at, last_error = r.error,
				tries = tries + CASE WHEN r.outcome = 'retry' THEN 1 ELSE 0 END
			WHERE id = r.id;
		END IF;
	END LOOP;
	PERFORM channel_settle(answers, most_ms);
END
$$;

-- Without what opens an account: text of the category account is not shown.
CREATE VIEW notification_shown AS
SELECT id, template, category, channel, order_id AS "order", data->'order'->>'number' AS number,
	recipient, locale, subject,
	CASE WHEN category <> 'account' THEN text END AS text,
	CASE WHEN category <> 'account' THEN html END AS html,
	category = 'account' AS is_secret, status, reason, tries, last_error,
	CASE WHEN status IN ('new', 'queued') THEN due_at END AS due_at, message_id,
	resend_of, created_at, sent_at, expires_at
FROM notification;

-- The same content to the same recipient once more, as a row of its own.
CREATE FUNCTION notification_resend(new_id uuid, target uuid) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	n notification;
BEGIN
	SELECT * INTO n FROM notification WHERE id = target FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF n.status NOT IN ('sent', 'dead') THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'notification_not_ended',
			MESSAGE = format('the notification is %s; only what was sent or is dead can be sent again',
				n.status);
	ELSIF n.text IS NULL OR n.expires_at <= now() THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'notification_expired',
			MESSAGE = 'what it says does not hold any more';
	END IF;
	INSERT INTO notification (id, key, template, category, channel, owner, order_id, refs, locale,
		recipient, data, subject, text, html, status, resend_of, expires_at)
	VALUES (new_id, 'resend:' || new_id, n.template, n.category, n.channel, n.owner, n.order_id,
		n.refs, n.locale, n.recipient, n.data, n.subject, n.text, n.html, 'queued',
		coalesce(n.resend_of, n.id), n.expires_at);
	RETURN new_id;
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT ON notification_shown TO %I', current_database());
END
$$;
