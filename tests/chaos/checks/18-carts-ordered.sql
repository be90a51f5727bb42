-- The event had its effect: the cart of every confirmed order is ordered, of no rejected one
SELECT o.id, o.status, c.id, c.status
FROM orderd.orders o
LEFT JOIN cartd.cart c ON c.id = o.cart_id
WHERE o.kind = 'sale' AND o.status IN ('confirmed', 'completed') AND c.status IS DISTINCT FROM 'ordered'
UNION ALL
SELECT c.id, 'no order', c.id, c.status
FROM cartd.cart c
WHERE c.status = 'ordered' AND NOT EXISTS (SELECT FROM orderd.orders o
	WHERE o.cart_id = c.id AND o.status IN ('confirmed', 'completed', 'cancelled'));
