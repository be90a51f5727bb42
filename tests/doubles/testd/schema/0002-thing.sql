-- What the consumer of test.thing.> makes of its events: the newest version of each thing, and a row
-- per effect, so that an event with two effects shows.
CREATE TABLE thing (id text PRIMARY KEY, version bigint NOT NULL, n bigint);
CREATE TABLE thing_effect (
	event_id text NOT NULL,
	subject text NOT NULL,
	aggregate text NOT NULL,
	written_at timestamptz NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE thing_cure (cured boolean);

-- An event with "poison" fails until there is a cure.
CREATE FUNCTION thing_take(event_id text, subject text, aggregate text, version bigint, data jsonb, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF data ? 'poison' AND NOT EXISTS (SELECT FROM thing_cure) THEN
		RAISE 'poisoned';
	END IF;
	INSERT INTO thing_effect VALUES (event_id, subject, aggregate, at);
	INSERT INTO thing AS t VALUES (aggregate, version, (data->>'n')::bigint)
	ON CONFLICT (id) DO UPDATE SET version = excluded.version, n = excluded.n
	WHERE t.version < excluded.version;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON thing, thing_effect, thing_cure TO testd;
