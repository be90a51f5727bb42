WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/categories/' || :slug)
	RETURNING location
), created AS (
	INSERT INTO category (slug, name, parent, position)
	SELECT :slug, :name, :parent, :position::integer FROM key
	RETURNING *
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.category.created', slug, version, to_json(e)
	FROM (SELECT slug, version FROM created) e
)
SELECT to_json(r) AS body, (SELECT location FROM key) AS location, r.version AS etag
FROM (
	SELECT slug, name, parent, position, archived, version, created_at, updated_at FROM created
) r
