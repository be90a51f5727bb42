SELECT cart_body(cart) AS body, version AS etag
FROM cart
WHERE id = as_uuid(:id) AND (owner = :subject OR 'carts:read' = ANY(:scopes))
