SELECT status, body, etag
FROM cart_merge(as_uuid(:id), :subject, as_uuid(:from), :guest, :strategy, :route,
	:idempotency_key, :request_hash)
