SELECT payment_apply(:provider::text, :events::jsonb)
