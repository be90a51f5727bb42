SELECT id, detail FROM promotion_redeem(:orders::jsonb)
