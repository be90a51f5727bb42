WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/promotions/' || :code)
	RETURNING location
), created AS (
	SELECT promotion_create(:body) AS p FROM key
)
SELECT promotion_body(p) AS body, location, (p).version AS etag FROM key, created
