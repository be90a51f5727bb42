SELECT to_json(r) AS body, version AS etag
FROM (
	SELECT sku, name, description, status, category, price, stock, attributes, version,
		created_at, updated_at
	FROM product_view
	WHERE sku = :sku
	AND ((status = 'active' AND NOT hidden)
		OR 'catalog:read' = ANY(:scopes) OR 'catalog:write' = ANY(:scopes))
) r
