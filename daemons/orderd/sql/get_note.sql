SELECT to_json(r) AS body
FROM (
	SELECT id, order_id AS "order", text, public, author, created_at FROM order_note
	WHERE id = :note::uuid AND (public OR 'orders:read' = ANY (:scopes))
	AND order_id = order_find(:number, :subject, :scopes, 'orders:read')
) r
