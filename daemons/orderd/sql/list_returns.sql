-- Newest first.
WITH page AS (
	SELECT r.*, row_number() OVER (ORDER BY id DESC) AS place
	FROM order_return r
	WHERE ('orders:read' = ANY (:scopes) OR owner = :subject)
	AND (:status IS NULL OR status = :status)
	AND (:kind IS NULL OR kind = :kind)
	AND (:order IS NULL OR order_id = order_find(:order, :subject, :scopes, 'orders:read'))
	AND (:after IS NULL OR id < (:after->>0)::uuid)
	ORDER BY id DESC
	LIMIT :limit + 1
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT p.id, p.number, p.order_id AS "order", o.number AS order_number, p.kind, p.status,
				p.reason, (SELECT sum(quantity) FROM order_return_line x
					WHERE x.return_id = p.id) AS pieces,
				CASE WHEN p.worth IS NOT NULL
					THEN ROW(p.worth, o.currency)::money_amount END AS worth,
				return_refund_body(p.id, o.currency, 'orders:read' = ANY (:scopes)) AS refund,
				n.number AS exchange_order, p.version, p.created_at, p.updated_at
			FROM page p JOIN orders o ON o.id = p.order_id LEFT JOIN orders n ON n.id = p.exchange_order
			WHERE place <= :limit
			ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(id))
		FROM page
		WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
