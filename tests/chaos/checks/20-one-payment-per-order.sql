-- An order has one payment, for its total, and agrees with it about the amounts
SELECT o.id, o.status, o.total_amount, 'payments', count(p.id), sum(p.amount), 'captured',
	o.captured_amount, sum(p.captured), 'refunded', o.refunded_amount, sum(p.refunded)
FROM orderd.orders o
-- One that was cancelled before it was asked for has no currency.
LEFT JOIN paymentd.payment p ON p.order_id = o.id AND p.currency IS NOT NULL
GROUP BY o.id, o.status, o.total_amount, o.captured_amount, o.refunded_amount, o.payment_id
HAVING count(p.id) > 1 OR sum(p.amount) <> o.total_amount
	OR bool_or(p.id <> o.payment_id)
	OR coalesce(sum(p.captured), 0) <> o.captured_amount
	OR coalesce(sum(p.refunded), 0) <> o.refunded_amount
	OR (o.status IN ('confirmed', 'completed') AND count(p.id) <> 1);
