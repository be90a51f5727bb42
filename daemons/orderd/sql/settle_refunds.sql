SELECT return_settle_refunds(:results::jsonb)
