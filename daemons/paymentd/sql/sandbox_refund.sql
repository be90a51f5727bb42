SELECT status, body, delay_ms
FROM sandbox.refund(:id, :idempotency_key, :request_hash, :amount)
