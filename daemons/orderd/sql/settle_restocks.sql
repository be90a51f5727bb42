SELECT return_settle_restocks(:results::jsonb)
