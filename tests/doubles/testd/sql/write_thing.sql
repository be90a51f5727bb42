INSERT INTO outbox (subject, aggregate_id, version, body) VALUES ('test.thing.made', :id, 1, '{}')
RETURNING to_json(aggregate_id) AS body;
