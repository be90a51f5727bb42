-- The end of a cart is no new version: its order is of the version that was ordered.
SELECT cart_body(cart) AS body,
	CASE status WHEN 'active' THEN version::text ELSE version || '-' || status END AS etag
FROM cart
WHERE id = as_uuid(:id) AND (owner = :subject OR 'carts:read' = ANY(:scopes))
