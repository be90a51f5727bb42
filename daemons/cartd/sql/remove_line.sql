SELECT status, body, etag FROM cart_remove_line(as_uuid(:id), :subject, :sku)
