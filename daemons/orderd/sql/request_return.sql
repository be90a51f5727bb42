-- Status 424, with nothing written: catalogd must be asked for the replacements first.
WITH target AS (
	SELECT id, return_unquoted(:body->'exchange') AS unquoted
	FROM orders WHERE id = order_find(:number, :subject, :scopes, 'orders:write')
), key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/returns/' || :new_id
	FROM target WHERE unquoted IS NULL
	RETURNING location
)
SELECT NULL::integer AS status, return_request(:new_id::uuid, id, :body, :subject,
	'orders:write' = ANY (:scopes)) AS body, location, 1 AS etag
FROM key, target
UNION ALL
SELECT 424, unquoted, NULL, NULL FROM target WHERE unquoted IS NOT NULL
