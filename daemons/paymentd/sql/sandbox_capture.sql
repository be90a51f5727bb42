SELECT status, body, delay_ms
FROM sandbox.capture(:id, :idempotency_key, :request_hash, :amount, :final)
