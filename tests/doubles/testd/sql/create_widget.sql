WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/widgets/' || :new_id)
	RETURNING location
), created AS (
	INSERT INTO widget (id, code, label, price, count, note, owner)
	SELECT :new_id::uuid, :code, :label, :price, :count, :note, :subject FROM key
	RETURNING *
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'test.widget.created', e.id::text, e.version, to_json(e)
	FROM (SELECT id, version FROM created) e
)
SELECT to_json(r) AS body, (SELECT location FROM key) AS location, r.version AS etag
FROM (SELECT id, code, label, price, count, note, version, created_at FROM created) r;
