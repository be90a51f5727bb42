SELECT promotion_store_categories(:skus::jsonb, :quotes::jsonb, :asked_at::timestamptz)
