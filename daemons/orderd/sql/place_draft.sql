WITH target AS MATERIALIZED (
	SELECT draft_find(:draft) AS id
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/orders/' || :new_id
	FROM target WHERE id IS NOT NULL
	RETURNING location
)
SELECT draft_place(:new_id::uuid, id, :body, :subject) AS body, location, 1 AS etag
FROM key, target
