-- What consumers of events need, and what operators ask of jobs and events.

-- An event that was applied, in the transaction of its effect. Kept for 15 days: a row of the outbox may
-- be replayed for 7 days, and the stream delivers it for 7 more.
CREATE TABLE inbox (
	consumer text NOT NULL,
	event_id text NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_applied ON inbox (applied_at);

-- `attempt` is the fencing token and never goes back, so a retry by hand counts its tries from here.
ALTER TABLE job ADD COLUMN retried_at_attempt integer NOT NULL DEFAULT 0;
CREATE INDEX job_newest ON job (created_at, id);

-- A dead job is tried again, and one that waits is tried now. One that is at work stays as it is.
CREATE FUNCTION job_retry(wanted uuid) RETURNS SETOF job LANGUAGE plpgsql AS $$
BEGIN
	UPDATE job SET state = 'queued', due_at = now(), settled_at = NULL,
		retried_at_attempt = CASE state WHEN 'dead' THEN attempt ELSE retried_at_attempt END
	WHERE id = wanted AND state IN ('queued', 'dead');
	IF NOT FOUND AND EXISTS (SELECT FROM job WHERE id = wanted AND state = 'done') THEN
		RAISE EXCEPTION 'the job is done'
			USING ERRCODE = 'EC409', CONSTRAINT = 'job_done';
	END IF;
	RETURN QUERY SELECT * FROM job WHERE id = wanted;
END
$$;

-- Ids become visible out of order: a transaction that took a lower one may commit later. Whoever
-- follows the outbox goes by transaction instead, up to the oldest one that still runs.
ALTER TABLE outbox ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX outbox_xid ON outbox (xid, id);

-- NATS takes messages of up to 1 MiB. An event that it would refuse would stop all that come after it.
ALTER TABLE outbox ADD CONSTRAINT event_too_large
	CHECK (octet_length(body::text) <= 524288) NOT VALID;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, DELETE ON inbox TO %I', current_database());
END
$$;
