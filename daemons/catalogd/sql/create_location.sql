WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/locations/' || :code)
	RETURNING location
), created AS (
	INSERT INTO location (code, name, position)
	SELECT :code, coalesce(:name, :code), :position::integer FROM key
	RETURNING code, name, position, created_at
)
SELECT to_json(created) AS body, (SELECT location FROM key) AS location FROM created
