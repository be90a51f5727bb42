WITH missing AS MATERIALIZED (
	SELECT promotion_needs(:lines, :coupons, false) AS skus
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/orders/' || :new_id
	FROM missing WHERE skus IS NULL
	RETURNING location
)
SELECT NULL::integer AS status, order_place(:new_id::uuid, :subject, :body) AS body, location, 1 AS etag
FROM key
UNION ALL
SELECT 424, skus, NULL, NULL FROM missing WHERE skus IS NOT NULL
