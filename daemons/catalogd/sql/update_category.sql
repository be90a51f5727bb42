WITH updated AS (
	UPDATE category SET
		name = coalesce(:name, name),
		parent = CASE WHEN :body ? 'parent' THEN :parent ELSE parent END,
		position = coalesce(:position::integer, position),
		archived = coalesce(:archived, archived),
		version = version + 1,
		updated_at = now()
	WHERE slug = :slug AND version = :if_match
	RETURNING *
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.category.updated', slug, version, to_json(e)
	FROM (SELECT slug, version FROM updated) e
)
SELECT NULL::integer AS status, to_json(r) AS body, r.version AS etag
FROM (
	SELECT slug, name, parent, position, archived, version, created_at, updated_at FROM updated
) r
UNION ALL
SELECT 412, NULL, NULL FROM category WHERE slug = :slug AND NOT EXISTS (SELECT FROM updated)
