SELECT webhook_take(:events::jsonb)
