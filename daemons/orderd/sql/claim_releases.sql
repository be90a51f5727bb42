SELECT id, attempt, payment_id AS payment, reason
FROM order_claim('releasing', :batch::integer, :lease_ms::bigint) o
ORDER BY id
