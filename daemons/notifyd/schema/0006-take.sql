-- Events that have no effect here leave no row: the inbox has those alone that somebody wants. The daemon's
-- consumers with .unique (lib/events/consumer.h) let these functions write it. The names in it are those
-- that the library gave these consumers, so that what it knew before is known.

-- Those of the events that this consumer does not know yet, which it knows from now on; NULL: none. In the
-- order of their ids, so that two instances with the same events do not wait for each other.
CREATE FUNCTION inbox_take(by_consumer text, events jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	fresh jsonb;
BEGIN
	WITH taken AS (
		INSERT INTO inbox (consumer, event_id)
		SELECT DISTINCT by_consumer, e->>'id' FROM jsonb_array_elements(events) AS e ORDER BY 2
		ON CONFLICT DO NOTHING
		RETURNING event_id
	)
	SELECT jsonb_agg(e ORDER BY place) INTO fresh
	FROM jsonb_array_elements(events) WITH ORDINALITY AS list (e, place)
	WHERE e->>'id' IN (SELECT event_id FROM taken);
	RETURN fresh;
END
$$;

-- The events of these kinds, in their order; NULL: none.
CREATE FUNCTION events_of(events jsonb, kinds text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT jsonb_agg(e ORDER BY place)
	FROM jsonb_array_elements(events) WITH ORDINALITY AS list (e, place)
	WHERE e->>'subject' = ANY (kinds)
$$;

-- webhook_take() of those that match a webhook and are new. How many. Not what happened before there was one:
-- a restore publishes the events of a week again. A minute more, for clocks that differ.
CREATE FUNCTION webhook_take_once(by_consumer text, events jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	wanted jsonb;
	fresh jsonb;
BEGIN
	IF NOT EXISTS (SELECT FROM webhook) THEN
		RETURN 0;
	END IF;
	SELECT jsonb_agg(list.e ORDER BY list.place) INTO wanted
	FROM jsonb_array_elements(events) WITH ORDINALITY AS list (e, place)
	JOIN (
		SELECT kind.subject, min(w.created_at) - interval '1 minute' AS since
		FROM (SELECT DISTINCT k->>'subject' AS subject FROM jsonb_array_elements(events) AS k) kind
		JOIN webhook w ON webhook_matches(w.events, kind.subject)
		GROUP BY kind.subject
	) asked ON asked.subject = list.e->>'subject' AND (list.e->>'time')::timestamptz >= asked.since;
	IF wanted IS NULL THEN
		RETURN 0;
	END IF;
	fresh := inbox_take(by_consumer, wanted);
	IF fresh IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM webhook_take(fresh);
	RETURN jsonb_array_length(fresh);
END
$$;

-- notification_take() of those that have a rule and are new. How many.
CREATE FUNCTION notification_take_once(by_consumer text, events jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	told jsonb := events_of(events, ARRAY(SELECT event FROM notification_rule));
	fresh jsonb;
BEGIN
	IF told IS NULL THEN
		RETURN 0;
	END IF;
	fresh := inbox_take(by_consumer, told);
	IF fresh IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM notification_take(fresh);
	RETURN jsonb_array_length(fresh);
END
$$;
