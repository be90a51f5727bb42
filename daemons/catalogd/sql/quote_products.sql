-- What carts and orders compare with. SKUs that are no products are absent.
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data
	FROM (
		SELECT sku, name, status, hidden, price, stock AS available, version
		FROM product_view
		WHERE sku = ANY(ARRAY(SELECT jsonb_array_elements_text(:skus)))
	) r
) answer
