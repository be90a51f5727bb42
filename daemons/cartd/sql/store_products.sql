SELECT product_store(:skus::jsonb, :quotes::jsonb, :asked_at::timestamptz)
