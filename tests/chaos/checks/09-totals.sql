-- Totals follow from the stored lines, discounts, shipping and tax rate, rounded per line half to even
-- At every moment: also while orders are under way.
WITH worth AS (
	SELECT l.*, o.tax_inclusive, l.price_amount * l.quantity AS gross,
		l.price_amount * l.quantity - l.discount_amount AS net
	FROM orderd.order_line l
	JOIN orderd.orders o ON o.id = l.order_id
), line AS (
	SELECT w.*, half_even(CASE WHEN tax_inclusive
			THEN net::numeric * tax_rate_ppm / (1000000 + tax_rate_ppm)
			ELSE net::numeric * tax_rate_ppm / 1000000 END) AS tax
	FROM worth w
), summed AS (
	SELECT order_id, sum(gross) AS subtotal, sum(discount_amount) AS discount, sum(tax) AS tax,
		bool_or(tax_amount <> tax OR discount_amount < 0 OR net < 0
			OR total_amount <> net + CASE WHEN tax_inclusive THEN 0 ELSE tax END) AS wrong
	FROM line
	GROUP BY order_id
), whole AS (
	SELECT o.*, s.subtotal AS lines_subtotal, s.discount AS lines_discount, s.wrong,
		half_even(CASE WHEN o.tax_inclusive
			THEN o.shipping_amount::numeric * o.tax_rate_ppm / (1000000 + o.tax_rate_ppm)
			ELSE o.shipping_amount::numeric * o.tax_rate_ppm / 1000000 END) AS carriage_tax,
		s.tax AS lines_tax
	FROM orderd.orders o
	LEFT JOIN summed s ON s.order_id = o.id
)
SELECT id, 'subtotal', subtotal, lines_subtotal, 'discount', discount_amount, lines_discount,
	'tax', tax_amount, lines_tax + carriage_tax, 'total', total_amount
FROM whole
WHERE wrong IS NOT FALSE OR subtotal <> lines_subtotal OR discount_amount <> lines_discount
	OR shipping_tax <> carriage_tax
	OR tax_amount <> lines_tax + carriage_tax
	OR total_amount <> lines_subtotal - lines_discount + shipping_amount
		+ CASE WHEN tax_inclusive THEN 0 ELSE lines_tax + carriage_tax END;
