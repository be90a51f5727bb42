SELECT id, attempt, payment_id AS payment
FROM order_claim('authorizing', :batch::integer, :lease_ms::bigint) o
ORDER BY id
