-- Newest first: ids of orders are in order of time.
WITH page AS (
	SELECT * FROM promotion_redemption
	WHERE promotion = :code AND (:after IS NULL OR order_id < (:after->>0)::uuid)
	ORDER BY order_id DESC LIMIT :limit + 1
)
SELECT to_json(r) AS body
FROM (
	SELECT (SELECT coalesce(json_agg(p ORDER BY p."order" DESC), '[]') FROM (
			SELECT x.order_id AS "order", o.number, o.status, x.coupon, x.customer,
				ROW(x.amount, o.currency)::money_amount AS amount, x.created_at,
				x.given_back_at
			FROM page x JOIN orders o ON o.id = x.order_id
			ORDER BY x.order_id DESC LIMIT :limit) p) AS data,
		CASE WHEN (SELECT count(*) FROM page) > :limit THEN (
			SELECT cursor_encode(jsonb_build_array(order_id)) FROM page
			ORDER BY order_id DESC OFFSET :limit - 1 LIMIT 1
		) END AS next
) r
WHERE EXISTS (SELECT FROM promotion WHERE code = :code)
