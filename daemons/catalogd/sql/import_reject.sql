-- Takes the rows out that cannot be merged, and tells the first reason of each.
WITH staged AS (
	SELECT s.*, min(s.row) OVER (PARTITION BY s.sku) AS first, p.sku IS NULL AS is_new,
		s.category IS NOT NULL AND c.slug IS NULL AS is_category_unknown,
		octet_length((coalesce(p.attributes, '{}') || s.attributes)::text) AS attributes_size,
		k.is_busy, k.available, k.at_main
	FROM import_stage s
	LEFT JOIN product p ON p.sku = s.sku
	LEFT JOIN category c ON c.slug = s.category
	LEFT JOIN LATERAL (
		SELECT bool_or(allocated > 0 OR held > 0) AS is_busy, sum(available) AS available,
			sum(available) FILTER (WHERE location = 'main') AS at_main
		FROM stock_level_view l
		WHERE l.sku = s.sku AND s.has_stock
	) k ON true
), judged AS (
	SELECT *, CASE
		WHEN row > first THEN 'duplicate_in_file'
		WHEN is_category_unknown THEN 'product_category_unknown'
		WHEN is_new AND name IS NULL THEN 'name'
		WHEN is_new AND price_amount IS NULL THEN 'price'
		WHEN attributes_size > 65536 THEN 'product_attributes_too_large'
		WHEN has_stock AND stock IS NULL AND is_busy THEN 'stock_in_use'
		WHEN stock < available AND stock < available - coalesce(at_main, 0) THEN 'stock_short'
		END AS verdict
	FROM staged
), bad AS (
	SELECT row,
		CASE verdict WHEN 'duplicate_in_file' THEN 'sku'
			WHEN 'product_category_unknown' THEN 'category'
			WHEN 'product_attributes_too_large' THEN 'attributes'
			WHEN 'stock_in_use' THEN 'stock' WHEN 'stock_short' THEN 'stock'
			ELSE verdict END AS field,
		CASE WHEN verdict IN ('name', 'price') THEN 'required' ELSE verdict END AS code,
		CASE verdict WHEN 'duplicate_in_file' THEN 'the SKU was already in row ' || first
			WHEN 'product_category_unknown' THEN 'there is no category ' || category
			WHEN 'product_attributes_too_large' THEN 'all attributes have more than 64 KiB'
			WHEN 'stock_in_use' THEN 'some of it is allocated or held'
			WHEN 'stock_short' THEN 'only ' || greatest(coalesce(at_main, 0), 0)
				|| ' can be taken off at main'
			ELSE 'a new product needs a ' || verdict END AS reason
	FROM judged
	WHERE verdict IS NOT NULL
), removed AS (
	DELETE FROM import_stage s USING bad WHERE s.row = bad.row
)
SELECT row, field, code, reason FROM bad ORDER BY row
