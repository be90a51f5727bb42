-- What an order would cost, what promotions take off it, and which shipping methods the address has.
-- Without a method: the cheapest.
WITH missing AS MATERIALIZED (
	SELECT promotion_needs(:lines, :coupons, false) AS skus
), method AS (
	SELECT m.code, m.name, shipping_price(m, :lines->0->'price'->>'currency',
		lines_subtotal(:lines), :shipping_address->>'country') AS price
	FROM shipping_method m
), allowed AS (
	SELECT code, name, ROW(price, :lines->0->'price'->>'currency')::money_amount AS price
	FROM method WHERE price IS NOT NULL ORDER BY method.price, code
), totals AS MATERIALIZED ( -- its columns are used twice, and would be calculated twice
	SELECT order_totals_reduced(:lines,
		coalesce(:shipping_method, (SELECT code FROM allowed LIMIT 1), ''),
		:shipping_address->>'country', :shipping_address->>'region', :coupons, :subject, :email) AS t
	FROM missing WHERE skus IS NULL
)
SELECT NULL::integer AS status, to_json(r) AS body FROM (
	SELECT b.subtotal, b.discount, b.discounts, (t).coupons, b.shipping, b.shipping_discount, b.tax,
		b.tax_name, b.tax_rate_ppm, b.tax_inclusive, b.total, b.lines,
		coalesce(:shipping_method, (SELECT code FROM allowed LIMIT 1)) AS shipping_method,
		(SELECT coalesce(json_agg(a), '[]') FROM allowed a) AS shipping_methods
	FROM totals, json_to_record(totals_body(t)) AS b(subtotal json, discount json, discounts json,
		shipping json, shipping_discount json, tax json, tax_name text, tax_rate_ppm integer,
		tax_inclusive boolean, total json, lines json)
) r
UNION ALL
SELECT 424, skus FROM missing WHERE skus IS NOT NULL
