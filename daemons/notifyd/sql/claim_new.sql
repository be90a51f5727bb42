SELECT id, attempt, template, category, locale, refs, age_ms FROM notification_claim(:batch::integer, :lease_ms::bigint) ORDER BY id
