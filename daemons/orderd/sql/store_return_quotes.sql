SELECT return_store_quotes(:skus::jsonb, :quotes::jsonb)
