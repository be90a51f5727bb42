-- A trigger archives everything below, with an event each. One that is archived stays as it is.
WITH archived AS (
	UPDATE category SET archived = true, version = version + 1, updated_at = now()
	WHERE slug = :slug AND version = :if_match AND NOT archived
	RETURNING *
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.category.archived', slug, version, to_json(e)
	FROM (SELECT slug, version FROM archived) e
), result AS (
	SELECT * FROM archived
	UNION ALL
	SELECT * FROM category WHERE slug = :slug AND version = :if_match AND archived
)
SELECT NULL::integer AS status, to_json(r) AS body, r.version AS etag
FROM (
	SELECT slug, name, parent, position, archived, version, created_at, updated_at FROM result
) r
UNION ALL
SELECT 412, NULL, NULL FROM category WHERE slug = :slug AND NOT EXISTS (SELECT FROM result)
