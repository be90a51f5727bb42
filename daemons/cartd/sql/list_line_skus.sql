-- What the lines of a cart are about, as a JSON array.
SELECT coalesce((SELECT json_agg(sku) FROM cart_line WHERE cart_id = cart.id), '[]') AS skus
FROM cart
WHERE id = as_uuid(:id) AND owner = :subject
