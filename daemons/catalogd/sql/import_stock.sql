-- The numbers of the merged rows, through the ledger. A product's first number has no event of its
-- own: the event of the chunk names the product.
SELECT stock_put_all(skus, quantities, 'import', :id, :actor, is_first)
FROM (
	SELECT is_first, array_agg(sku) AS skus, array_agg(stock) AS quantities
	FROM (
		SELECT s.sku, s.stock, k.sku IS NULL AS is_first
		FROM import_stage s LEFT JOIN LATERAL (
			SELECT min(l.sku) AS sku, sum(available)::bigint AS available
			FROM stock_level_view l WHERE l.sku = s.sku AND tracked
		) k ON true
		WHERE has_stock AND stock IS DISTINCT FROM k.available
	) changed
	GROUP BY is_first
) numbers
