-- Read by itself, or as the answer to POST /v1/orders: for a repeated key, and for a client that waits,
-- which gets a rejected order as the problem that it is.
SELECT r.status,
	CASE WHEN r.status = 409 THEN to_json(p) ELSE order_body(r.o, 'orders:read' = ANY (:scopes)) END
		AS body,
	(r.o).version AS etag
FROM (
	SELECT o, CASE
		WHEN :route <> 'POST /v1/orders' THEN NULL
		WHEN o.status = 'pending' THEN 202
		WHEN o.status = 'rejected' AND :prefer_wait IS NOT NULL THEN 409
		ELSE 201 END AS status
	FROM orders o
	WHERE o.id = order_find(:number, :subject, :scopes, 'orders:read')
) r,
LATERAL (
	SELECT (r.o).reason AS code, 'Order ' || (r.o).number || ' was rejected: '
			|| replace((r.o).reason, '_', ' ') || '.' AS detail,
		'Show the customer what differs; the cart can be ordered again.' AS hint,
		(r.o).id AS "order", (r.o).number, (r.o).detail AS difference
) p
