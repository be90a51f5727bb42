SELECT id, attempt, of_return AS return, number, "order", payment, amount, reason, actor, scopes, lines
FROM return_claim_refunds(:batch::integer, :lease_ms::bigint)
