-- Newest first. The balances are those of the SKU at the location after the movement.
WITH page AS (
	SELECT *, row_number() OVER (ORDER BY id DESC) AS place
	FROM stock_movement
	WHERE (:sku IS NULL OR sku = :sku)
	AND (:location IS NULL OR location = :location)
	AND (:order IS NULL OR order_id = :order::uuid)
	AND (:cause IS NULL OR cause_type = :cause)
	AND (:after IS NULL OR id < (:after->>0)::bigint)
	ORDER BY id DESC
	LIMIT :limit + 1
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT id, sku, location, kind, quantity, on_hand, allocated, reason, cause_type,
				cause_id, order_id AS "order", actor, created_at
			FROM page
			WHERE place <= :limit
			ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(id))
		FROM page
		WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
