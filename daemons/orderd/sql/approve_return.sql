WITH target AS (
	SELECT id FROM order_return WHERE id = return_find(:number, '', :scopes, 'orders:write')
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/returns/' || id FROM target
	RETURNING location
)
SELECT return_decide(id, :if_match, 'approved', :body, :subject, true) AS body, location,
	:if_match + 1 AS etag
FROM key, target
