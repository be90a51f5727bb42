SELECT status, body, etag
FROM cart_add_coupon(as_uuid(:id), :subject, :code, :route, :idempotency_key, :request_hash)
