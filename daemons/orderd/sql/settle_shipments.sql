SELECT order_settle_shipments(:results::jsonb)
