-- In order of the parent's slug (roots first), position and slug.
WITH page AS (
	SELECT *, row_number() OVER (ORDER BY coalesce(parent, ''), position, slug) AS place
	FROM category
	WHERE (:parent IS NULL OR parent = :parent)
	AND CASE WHEN 'catalog:read' = ANY(:scopes) OR 'catalog:write' = ANY(:scopes)
		THEN :archived IS NULL OR archived = :archived
		ELSE NOT archived AND coalesce(:archived, false) = false END
	AND (:after IS NULL OR (coalesce(parent, ''), position, slug)
		> (:after->>0, (:after->>1)::integer, :after->>2))
	ORDER BY coalesce(parent, ''), position, slug
	LIMIT :limit + 1
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT slug, name, parent, position, archived, version, created_at, updated_at
			FROM page
			WHERE place <= :limit
			ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(coalesce(parent, ''), position, slug))
		FROM page
		WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
