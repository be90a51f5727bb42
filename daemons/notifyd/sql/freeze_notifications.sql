SELECT notification_freeze(:results::jsonb, :most_per_day::jsonb)
