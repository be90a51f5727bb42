-- The events of :ids that this consumer has not applied yet. In order, so that two instances with the
-- same events do not wait for each other.
INSERT INTO inbox (consumer, event_id)
SELECT :consumer::text, id FROM jsonb_array_elements_text(:ids::jsonb) AS id ORDER BY id
ON CONFLICT DO NOTHING
RETURNING event_id;
