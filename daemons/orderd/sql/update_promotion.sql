-- The counter of uses is not a part of the version: it moves with every order.
WITH target AS (
	SELECT code, version, promotion_with(p, :body) AS n FROM promotion p WHERE code = :code
	FOR NO KEY UPDATE
), updated AS (
	UPDATE promotion p SET name = (n).name, kind = (n).kind, automatic = (n).automatic, ppm = (n).ppm,
		amount = (n).amount, buy = (n).buy, get = (n).get, max_discount = (n).max_discount,
		min_subtotal = (n).min_subtotal, currency = (n).currency, products = (n).products,
		categories = (n).categories, countries = (n).countries, customers = (n).customers,
		first_order = (n).first_order, starts_at = (n).starts_at, ends_at = (n).ends_at,
		priority = (n).priority, exclusive = (n).exclusive, max_uses = (n).max_uses,
		max_uses_per_customer = (n).max_uses_per_customer, active = (n).active,
		version = p.version + 1, updated_at = now()
	FROM target t WHERE p.code = t.code AND t.version = :if_match
	RETURNING p
)
SELECT promotion_body(p) AS body, (p).version AS etag, NULL::int AS status FROM updated
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match
