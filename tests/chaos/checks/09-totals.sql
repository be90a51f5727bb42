-- Totals follow from the stored lines, shipping and tax rate, rounded per line half to even
-- At every moment: also while orders are under way.
WITH line AS (
	SELECT l.*, o.tax_inclusive, l.price_amount * l.quantity AS net,
		half_even(CASE WHEN o.tax_inclusive
			THEN l.price_amount::numeric * l.quantity * l.tax_rate_ppm / (1000000 + l.tax_rate_ppm)
			ELSE l.price_amount::numeric * l.quantity * l.tax_rate_ppm / 1000000 END) AS tax
	FROM orderd.order_line l
	JOIN orderd.orders o ON o.id = l.order_id
), summed AS (
	SELECT order_id, sum(net) AS subtotal, sum(tax) AS tax,
		bool_or(tax_amount <> tax
			OR total_amount <> net + CASE WHEN tax_inclusive THEN 0 ELSE tax END) AS wrong
	FROM line
	GROUP BY order_id
), whole AS (
	SELECT o.*, s.subtotal AS lines_subtotal, s.wrong,
		half_even(CASE WHEN o.tax_inclusive
			THEN o.shipping_amount::numeric * o.tax_rate_ppm / (1000000 + o.tax_rate_ppm)
			ELSE o.shipping_amount::numeric * o.tax_rate_ppm / 1000000 END) AS carriage_tax,
		s.tax AS lines_tax
	FROM orderd.orders o
	LEFT JOIN summed s ON s.order_id = o.id
)
SELECT id, 'subtotal', subtotal, lines_subtotal, 'tax', tax_amount, lines_tax + carriage_tax,
	'total', total_amount
FROM whole
WHERE wrong IS NOT FALSE OR subtotal <> lines_subtotal OR shipping_tax <> carriage_tax
	OR tax_amount <> lines_tax + carriage_tax
	OR total_amount <> lines_subtotal + shipping_amount
		+ CASE WHEN tax_inclusive THEN 0 ELSE lines_tax + carriage_tax END;
