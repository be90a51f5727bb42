SELECT order_settle_outcomes(:results::jsonb)
