SELECT status, body, etag FROM cart_set_line(as_uuid(:id), :subject, :sku, :quantity)
