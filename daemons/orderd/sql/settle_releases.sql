SELECT order_settle_releases(:results::jsonb)
