-- Waits for an equal request that is still running, and then fails: that one was it.
INSERT INTO idempotency (subject, route, key, request_hash, location)
VALUES (:subject, :route, :key, :request_hash, '/v1/product-imports/' || :id)
