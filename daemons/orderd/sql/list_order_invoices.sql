-- Oldest first; an order has few.
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(invoice_body(i) ORDER BY i.issued_at, i.number), '[]')
		FROM invoice i WHERE i.order_id = o.id
	) AS data, NULL::text AS next
	FROM orders o WHERE o.id = order_find(:number, :subject, :scopes, 'orders:read')
) answer
