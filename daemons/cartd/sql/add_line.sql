SELECT status, body, etag
FROM cart_add_line(as_uuid(:id), :subject, :sku, :quantity, :route, :idempotency_key,
	:request_hash)
