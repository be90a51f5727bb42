SELECT status, body, delay_ms
FROM sandbox.authorize(:idempotency_key, :request_hash, :amount, :currency, :token, :payment)
