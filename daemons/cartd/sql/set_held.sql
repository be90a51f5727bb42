-- After holding what the cart had at :version. No row: it has changed since, so do it again.
WITH target AS (
	SELECT id FROM cart WHERE id = as_uuid(:cart) AND version = :version::bigint FOR UPDATE
), marked AS (
	UPDATE cart c
	SET held_until = CASE WHEN :held::boolean
		THEN now() + :seconds::bigint * interval '1 second' END
	FROM target WHERE c.id = target.id
), lines AS (
	UPDATE cart_line l SET held = CASE WHEN :held::boolean THEN l.quantity ELSE 0 END
	FROM target WHERE l.cart_id = target.id
)
SELECT id FROM target
UNION ALL
SELECT as_uuid(:cart) WHERE NOT EXISTS (SELECT FROM cart WHERE id = as_uuid(:cart))
