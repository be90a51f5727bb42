-- What changes nothing is no change: the version stays and nothing is told.
WITH target AS (
	SELECT * FROM category WHERE slug = :slug AND version = :if_match
), wanted AS (
	SELECT slug, coalesce(:name, name) AS name,
		CASE WHEN :body ? 'parent' THEN :parent ELSE parent END AS parent,
		coalesce(:position::integer, position) AS position,
		coalesce(:archived, archived) AS archived
	FROM target
), updated AS (
	UPDATE category c SET name = w.name, parent = w.parent, position = w.position,
		archived = w.archived, version = c.version + 1, updated_at = now()
	FROM wanted w
	WHERE c.slug = w.slug AND c.version = :if_match
	AND (c.name, c.parent, c.position, c.archived)
		IS DISTINCT FROM (w.name, w.parent, w.position, w.archived)
	RETURNING c.*
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.category.updated', slug, version, to_json(e)
	FROM (SELECT slug, version FROM updated) e
), result AS (
	SELECT * FROM updated
	UNION ALL
	SELECT t.* FROM target t JOIN wanted w ON w.slug = t.slug
	WHERE (t.name, t.parent, t.position, t.archived)
		IS NOT DISTINCT FROM (w.name, w.parent, w.position, w.archived)
)
SELECT NULL::integer AS status, to_json(r) AS body, r.version AS etag
FROM (
	SELECT slug, name, parent, position, archived, version, created_at, updated_at FROM result
) r
UNION ALL
SELECT 412, NULL, NULL FROM category WHERE slug = :slug AND NOT EXISTS (SELECT FROM result)
