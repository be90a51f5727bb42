UPDATE cart_setting SET abandon_after = given.abandon_after, expire_after = given.expire_after,
	hold = given.hold
FROM (
	SELECT :abandon_ms::bigint * interval '1 millisecond' AS abandon_after,
		:expire_ms::bigint * interval '1 millisecond' AS expire_after, :hold::boolean AS hold
) given
WHERE (cart_setting.abandon_after, cart_setting.expire_after, cart_setting.hold)
	IS DISTINCT FROM (given.abandon_after, given.expire_after, given.hold)
