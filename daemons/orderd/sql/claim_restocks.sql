SELECT id, attempt, "order", number, lines
FROM return_claim_restocks(:batch::integer, :lease_ms::bigint)
