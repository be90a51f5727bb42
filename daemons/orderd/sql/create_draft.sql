-- Status 424, with nothing written: catalogd must be asked for the prices first.
WITH missing AS MATERIALIZED (
	SELECT return_unquoted(:lines) AS skus
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/order-drafts/' || :new_id
	FROM missing WHERE skus IS NULL
	RETURNING location
)
SELECT NULL::integer AS status, draft_create(:new_id::uuid, :body, :subject) AS body, location, 1 AS etag
FROM key
UNION ALL
SELECT 424, skus, NULL, NULL FROM missing WHERE skus IS NOT NULL
