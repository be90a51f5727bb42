SELECT order_settle_cancellations(:results::jsonb)
