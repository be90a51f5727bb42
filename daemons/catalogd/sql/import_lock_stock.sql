-- After the products, as everywhere.
SELECT stock_lock_all(array_agg(sku)) FROM import_stage WHERE has_stock
