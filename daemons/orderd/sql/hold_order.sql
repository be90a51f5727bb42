WITH target AS (
	SELECT id FROM orders WHERE id = order_find(:number, '', :scopes, 'orders:write')
)
SELECT order_hold_body(id, true, :reason, :subject) AS body FROM target
