-- Imports come in chunks of NDJSON rows, each one transaction.

-- What a chunk did: a repeated request is answered from here. Kept for 30 days, longer than keys.
CREATE TABLE import_chunk (
	id uuid PRIMARY KEY,
	result json NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX import_chunk_created ON import_chunk (created_at);

-- The form of the temporary table of the same name into which a session copies its chunk, and what
-- statements are checked against at the start; always empty: the run-time role may not write to it.
-- NULL is absent, except where has_* says that it was given.
CREATE TABLE import_stage (
	row integer NOT NULL,
	sku text COLLATE "C" NOT NULL,
	name text,
	description text,
	status text,
	has_category boolean NOT NULL,
	category text COLLATE "C",
	price_amount bigint,
	price_currency text,
	has_stock boolean NOT NULL,
	stock bigint,
	attributes jsonb
);

-- Once per transaction, before the chunk. Plans are made for each chunk, because the tables grow by
-- orders of magnitude under a long import; they look every row up by its key, because a hash or
-- merge join would read the whole table for each chunk.
CREATE FUNCTION import_begin() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF to_regclass('pg_temp.import_stage') IS NULL THEN
		CREATE TEMPORARY TABLE import_stage (LIKE public.import_stage) ON COMMIT DELETE ROWS;
	END IF;
	PERFORM set_config('plan_cache_mode', 'force_custom_plan', true),
		set_config('enable_hashjoin', 'off', true),
		set_config('enable_mergejoin', 'off', true);
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, DELETE ON import_chunk TO %I', current_database());
	EXECUTE format('GRANT SELECT ON import_stage TO %I', current_database());
	EXECUTE format('GRANT TEMPORARY ON DATABASE %1$I TO %1$I', current_database());
END
$$;
