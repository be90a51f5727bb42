-- At most one order of a cart is neither rejected nor cancelled
SELECT cart_id, count(*), string_agg(number, ' ')
FROM orderd.orders
WHERE status NOT IN ('rejected', 'cancelled') AND kind = 'sale'
GROUP BY cart_id
HAVING count(*) > 1;
