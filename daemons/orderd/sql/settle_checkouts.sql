SELECT order_settle_checkout(:results::jsonb) AS settled
