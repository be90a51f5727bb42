WITH part AS (
	SELECT name FROM part WHERE name = :part
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/gadgets/' || :new_id FROM part
	RETURNING location
), created AS (
	INSERT INTO gadget (id, part) SELECT :new_id::uuid, name FROM key, part
	RETURNING *
)
SELECT to_json(r) AS body, (SELECT location FROM key) AS location, 202 AS status
FROM (SELECT id, state, :prefer_wait AS prefer FROM created) r
UNION ALL
SELECT json_build_object('part', :part), NULL, 424 WHERE NOT EXISTS (SELECT FROM part);
