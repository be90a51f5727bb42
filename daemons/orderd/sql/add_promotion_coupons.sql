WITH target AS (
	SELECT code FROM promotion WHERE code = :code
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash,
		'/v1/promotions/' || code || '/coupons'
	FROM target
	RETURNING location
)
SELECT to_json(r) AS body, location
FROM key, LATERAL (
	SELECT promotion_add_coupons(:code, :codes, :count, :max_uses) AS data
) r
