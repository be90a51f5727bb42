-- The categories of products, each with those above it. SKUs that are no products are absent.
WITH RECURSIVE product_in AS (
	SELECT sku, category FROM product
	WHERE sku = ANY(ARRAY(SELECT jsonb_array_elements_text(:skus)))
), up AS (
	SELECT DISTINCT category AS slug, category AS above FROM product_in WHERE category IS NOT NULL
	UNION
	SELECT up.slug, c.parent FROM up JOIN category c ON c.slug = up.above
	WHERE c.parent IS NOT NULL
)
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data
	FROM (
		SELECT sku, ARRAY(SELECT above FROM up WHERE up.slug = p.category ORDER BY above) AS categories
		FROM product_in p
	) r
) answer
