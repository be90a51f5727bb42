SELECT id, attempt, "order", number, payment, amount, lines, final
FROM shipment_claim(:batch::integer, :lease_ms::bigint)
