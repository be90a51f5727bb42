-- Without words: in order of SKU. With words: best rank first, unless more than 1000 products match,
-- which would take long to rank; then in order of SKU too. The cursor [rank, sku] remembers which:
-- its rank is null for the order of SKU. Sub-selects instead of joins in `candidate`, so that each
-- branch of `page` walks an index from the cursor on and stops after a page.
WITH RECURSIVE tree AS (
	SELECT slug FROM category WHERE slug = :category
	UNION ALL
	SELECT c.slug FROM tree JOIN category c ON c.parent = tree.slug
), candidate AS NOT MATERIALIZED (
	SELECT p.sku, p.category, p.search
	FROM product p
	WHERE CASE WHEN 'catalog:read' = ANY(:scopes) OR 'catalog:write' = ANY(:scopes)
		THEN :status IS NULL OR p.status = :status
		ELSE p.status = 'active' AND coalesce(:status, 'active') = 'active' AND NOT coalesce(
			(SELECT archived FROM category c WHERE c.slug = p.category), false) END
	AND (:in_stock IS NULL OR :in_stock = (coalesce((SELECT sum(available)
		FROM stock_level_view s WHERE s.sku = p.sku AND tracked), 1) > 0))
	AND (:min_price IS NULL OR p.price_amount >= :min_price)
	AND (:max_price IS NULL OR p.price_amount <= :max_price)
), match AS MATERIALIZED (
	SELECT sku
	FROM product
	WHERE (:after IS NULL OR :after->>0 IS NOT NULL) AND search @@ search_query(:q)
	LIMIT CASE WHEN :after IS NULL THEN 1001 END
), ordering AS MATERIALIZED (
	SELECT CASE
		WHEN :q IS NULL THEN false
		WHEN :after IS NOT NULL THEN :after->>0 IS NOT NULL
		ELSE (SELECT count(*) <= 1000 FROM match)
		END AS is_by_rank
), page AS (
	(SELECT sku, NULL::real AS rank
	FROM candidate
	WHERE :category IS NULL AND NOT (SELECT is_by_rank FROM ordering)
	AND (:q IS NULL OR search @@ search_query(:q))
	AND (:after IS NULL OR sku > :after->>1)
	ORDER BY sku LIMIT :limit + 1)
	UNION ALL
	(SELECT found.sku, NULL
	FROM tree CROSS JOIN LATERAL (
		SELECT sku FROM candidate
		WHERE category = tree.slug
		AND (:q IS NULL OR search @@ search_query(:q))
		AND (:after IS NULL OR sku > :after->>1)
		ORDER BY sku LIMIT :limit + 1) found
	WHERE :category IS NOT NULL AND NOT (SELECT is_by_rank FROM ordering)
	ORDER BY found.sku LIMIT :limit + 1)
	UNION ALL
	(SELECT sku, rank
	FROM (SELECT sku, category, ts_rank(search, search_query(:q)) AS rank
		FROM match JOIN candidate USING (sku)) ranked
	WHERE :q IS NOT NULL AND (SELECT is_by_rank FROM ordering)
	AND (:category IS NULL OR category IN (SELECT slug FROM tree))
	AND (:after IS NULL OR (-rank, sku) > (-(:after->>0)::real, :after->>1))
	ORDER BY rank DESC, sku LIMIT :limit + 1)
), shown AS (
	SELECT sku, rank, row_number() OVER (ORDER BY rank DESC NULLS LAST, sku) AS place FROM page
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT p.sku, name, description, status, category, price, stock, attributes,
				version, created_at, updated_at
			FROM shown JOIN product_view p ON p.sku = shown.sku
			WHERE place <= :limit
			ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(rank, sku))
		FROM shown
		WHERE place = :limit AND EXISTS (SELECT FROM shown WHERE place > :limit)
	) AS next
) answer
