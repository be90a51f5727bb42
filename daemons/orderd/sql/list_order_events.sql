-- The changes of all orders, as they came, from an id on; without one the newest. Changes that were
-- under way at once get their ids before they are visible: who follows reads some again.
WITH page AS (
	(SELECT id FROM order_event WHERE :after_id IS NOT NULL AND id > :after_id
	ORDER BY id LIMIT :limit)
	UNION ALL
	(SELECT id FROM order_event WHERE :after_id IS NULL ORDER BY id DESC LIMIT :limit)
)
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data, NULL::text AS next
	FROM (
		SELECT e.id, e.order_id AS "order", o.number, e.version, e.kind, o.status, o.payment,
			o.fulfilment, ROW(o.total_amount, o.currency)::money_amount AS total,
			e.created_at AS at
		FROM page JOIN order_event e ON e.id = page.id JOIN orders o ON o.id = e.order_id
		ORDER BY e.id
	) r
) answer
