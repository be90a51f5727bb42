SELECT id, attempt, "order", number, payment, reason, restock, lines, final
FROM cancellation_claim(:batch::integer, :lease_ms::bigint)
