SELECT status, body, delay_ms FROM sandbox.renew(:id, :idempotency_key, :request_hash)
