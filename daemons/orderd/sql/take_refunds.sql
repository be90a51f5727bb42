SELECT return_take_refunds(:events::jsonb)
