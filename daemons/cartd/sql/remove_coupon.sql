SELECT status, body, etag FROM cart_remove_coupon(as_uuid(:id), :subject, :code)
