\set n random(1, :skus)
SELECT gen_random_uuid() AS id, 'BENCH-' || :n AS sku \gset
SELECT sku, name, status, hidden, price, stock AS available, version
FROM product_view WHERE sku = :sku;
SELECT stock_allocate(jsonb_build_array(jsonb_build_object('order', :id::uuid, 'lines',
	jsonb_build_array(jsonb_build_object('line', 1, 'sku', :sku::text, 'quantity', 1)))), 'bench');
