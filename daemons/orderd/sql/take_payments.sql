SELECT order_take_payments(:events::jsonb)
