WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/clients/' || :id)
	RETURNING location
),
created AS (
	INSERT INTO client (id, role, audiences, secret_hash)
	SELECT :id, :role, ARRAY[:audience::text], decode(:secret_hash, 'hex') FROM key
	RETURNING *
)
SELECT to_json(r) AS body, (SELECT location FROM key) AS location
FROM (SELECT id, role, audiences, created_at FROM created) r
