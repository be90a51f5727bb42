SELECT status, body FROM cart_remove(as_uuid(:id), :subject)
