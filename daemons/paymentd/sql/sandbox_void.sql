SELECT status, body, delay_ms FROM sandbox.void(:id, :idempotency_key, :request_hash)
