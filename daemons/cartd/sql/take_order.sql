-- The carts of confirmed orders are done; whoever goes on shopping makes new ones. A cart keeps the
-- first order that was confirmed. By arrays of keys: a join could be planned while there were few carts.
WITH done AS MATERIALIZED (
	SELECT DISTINCT ON (cart) as_uuid(e.event->'data'->>'cart') AS cart,
		as_uuid(e.event->'data'->>'order') AS order_id
	FROM jsonb_array_elements(:events::jsonb) WITH ORDINALITY AS e(event, place)
	ORDER BY cart, e.place
), locked AS (
	SELECT id FROM cart
	WHERE id = ANY (ARRAY(SELECT cart FROM done)) AND status IN ('active', 'expired')
	ORDER BY id FOR UPDATE
)
UPDATE cart SET status = 'ordered', order_id = (SELECT d.order_id FROM done d WHERE d.cart = cart.id),
	updated_at = now(), closed_at = now()
WHERE id = ANY (ARRAY(SELECT id FROM locked))
