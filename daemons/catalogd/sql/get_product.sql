-- The stock changes without the version, and is in the answer: so it is in the ETag too.
SELECT to_json(r) AS body, concat_ws('.', version, stock) AS etag
FROM (
	SELECT sku, name, description, status, category, price, stock, attributes, version,
		created_at, updated_at
	FROM product_view
	WHERE sku = :sku
	AND ((status = 'active' AND NOT hidden)
		OR 'catalog:read' = ANY(:scopes) OR 'catalog:write' = ANY(:scopes))
) r
