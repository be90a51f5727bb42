-- What the consumer of test.lot.> makes of its events: it lingers, and knows by itself what is new. With the
-- transaction, so that it shows what came together.
CREATE TABLE lot (event_id text PRIMARY KEY, xid xid8 NOT NULL DEFAULT pg_current_xact_id());

CREATE FUNCTION lots_take(events jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	made bigint;
BEGIN
	IF EXISTS (SELECT FROM jsonb_array_elements(events) AS e WHERE e->'data' ? 'poison')
			AND NOT EXISTS (SELECT FROM thing_cure) THEN
		RAISE 'poisoned';
	END IF;
	INSERT INTO lot (event_id) SELECT e->>'id' FROM jsonb_array_elements(events) AS e ORDER BY 1
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS made = ROW_COUNT;
	RETURN made;
END
$$;
GRANT SELECT, INSERT ON lot TO testd;
