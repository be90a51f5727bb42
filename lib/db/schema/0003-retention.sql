-- What the worker that removes what is kept for a limited time did when it last ran, a row per table.
CREATE TABLE retention_run (
	name text PRIMARY KEY,
	kept_ms bigint NOT NULL,
	ran_at timestamptz NOT NULL DEFAULT now(),
	removed bigint NOT NULL, -- by that run
	total bigint NOT NULL,   -- by all runs
	removed_at timestamptz,  -- when a run last found something
	oldest_seconds bigint,   -- of the oldest row that waited for its end
	error text
);

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON retention_run TO %I', current_database());
END
$$;
