-- Newest first. Whoever may read carts sees those of all, or of one owner; everybody else sees their
-- own. Two branches, so that each walks an index.
WITH page AS (
	(SELECT cart, id
	FROM cart
	WHERE 'carts:read' = ANY(:scopes) AND :owner IS NULL
	AND (:status IS NULL OR status = :status)
	AND (:after IS NULL OR id < (:after->>0)::uuid)
	ORDER BY id DESC LIMIT :limit + 1)
	UNION ALL
	(SELECT cart, id
	FROM cart
	WHERE owner = CASE WHEN 'carts:read' = ANY(:scopes) THEN :owner
		WHEN coalesce(:owner, :subject) = :subject THEN :subject END
	AND (:status IS NULL OR status = :status)
	AND (:after IS NULL OR id < (:after->>0)::uuid)
	ORDER BY id DESC LIMIT :limit + 1)
), shown AS (
	SELECT cart, id FROM page ORDER BY id DESC LIMIT :limit
)
SELECT to_json(r) AS body
FROM (
	SELECT (SELECT coalesce(json_agg(cart_body(cart) ORDER BY id DESC), '[]') FROM shown) AS data,
		CASE WHEN (SELECT count(*) FROM page) > :limit THEN (
			SELECT cursor_encode(jsonb_build_array(id)) FROM shown ORDER BY id LIMIT 1
		) END AS next
) r
