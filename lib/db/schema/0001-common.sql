-- What every service's database has: idempotency keys, the outbox, the job queue.
-- The run-time role is named as the database.

CREATE TABLE idempotency (
	subject text NOT NULL,
	route text NOT NULL,
	key text NOT NULL,
	request_hash text NOT NULL,
	location text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT idempotency_pkey PRIMARY KEY (subject, route, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- The truth about events: a row stays until it was sent, and then for seven days.
CREATE TABLE outbox (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	subject text NOT NULL,
	aggregate_id text NOT NULL,
	version bigint NOT NULL,
	body json NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	sent_at timestamptz
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE job (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	queue text NOT NULL,
	payload json NOT NULL,
	state text NOT NULL DEFAULT 'queued'
		CONSTRAINT job_state CHECK (state IN ('queued', 'running', 'done', 'dead')),
	attempt integer NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL DEFAULT now(),
	reason text,
	created_at timestamptz NOT NULL DEFAULT now(),
	settled_at timestamptz
);
-- due_at of a running job is the end of its lease: so the job of a killed worker is found again.
CREATE INDEX job_due ON job (queue, due_at) WHERE state IN ('queued', 'running');
CREATE INDEX job_settled ON job (settled_at) WHERE state = 'done';

-- A cursor is a JSON array in base64url without padding; the HTTP library decodes it.
CREATE FUNCTION cursor_encode(keys jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT rtrim(translate(encode(convert_to(keys::text, 'UTF8'), 'base64'), E'+/\n', '-_'), '=')
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, DELETE ON idempotency, outbox TO %I', current_database());
	EXECUTE format('GRANT UPDATE (sent_at) ON outbox TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON job TO %I', current_database());
	EXECUTE format('GRANT SELECT ON migration TO %I', current_database());
END
$$;
