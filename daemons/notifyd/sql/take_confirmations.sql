SELECT notification_take(:events::jsonb)
