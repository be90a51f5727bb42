SELECT to_json(r) AS body, version AS etag
FROM (
	SELECT slug, name, parent, position, archived, version, created_at, updated_at
	FROM category
	WHERE slug = :slug
	AND (NOT archived OR 'catalog:read' = ANY(:scopes) OR 'catalog:write' = ANY(:scopes))
) r
