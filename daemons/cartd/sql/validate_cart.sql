SELECT status, body, etag
FROM cart_validate(as_uuid(:id), :subject, :skus::jsonb, :quotes::jsonb, :accept::boolean)
