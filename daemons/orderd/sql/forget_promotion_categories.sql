SELECT promotion_forget_categories(:events::jsonb, true)
