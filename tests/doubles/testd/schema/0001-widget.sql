CREATE TABLE widget (
	id uuid PRIMARY KEY,
	code text NOT NULL CONSTRAINT widget_code_taken UNIQUE,
	label text NOT NULL,
	price jsonb,
	count bigint CONSTRAINT widget_count_negative CHECK (count >= 0),
	note text,
	owner text NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE worked (job_id uuid PRIMARY KEY, attempt integer NOT NULL, payload json NOT NULL);

CREATE FUNCTION widget_fail(kind text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	CASE kind
	WHEN 'conflict' THEN
		RAISE 'the widget is in use' USING ERRCODE = 'EC409', CONSTRAINT = 'widget_in_use',
			HINT = 'Wait.';
	WHEN 'bug' THEN
		RAISE 'a bug';
	WHEN 'slow' THEN
		PERFORM pg_sleep(5);
	ELSE
		RETURN kind;
	END CASE;
	RETURN kind;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON widget, worked TO testd;
