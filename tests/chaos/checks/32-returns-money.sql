-- A return is paid back once at most, with what paymentd has, and its pieces are worth no more than was charged
WITH given AS (
	SELECT return_id, count(*) AS refunds, sum(amount) AS amount
	FROM paymentd.refund
	WHERE return_id IS NOT NULL AND status = 'succeeded'
	GROUP BY 1
), charged AS (
	SELECT s.order_id, x.line, sum(x.amount) AS amount
	FROM orderd.shipment s
	JOIN orderd.shipment_line x ON x.shipment_id = s.id
	WHERE s.status = 'shipped'
	GROUP BY 1, 2
), worth AS (
	SELECT r.order_id, x.line, sum(x.amount) AS amount
	FROM orderd.order_return r
	JOIN orderd.order_return_line x ON x.return_id = r.id
	JOIN orderd.orders o ON o.id = r.order_id AND o.kind <> 'exchange'
	GROUP BY 1, 2
)
SELECT 'refunds', coalesce(r.id, g.return_id)::text, r.status, g.refunds, 1
FROM orderd.order_return r
FULL JOIN given g ON g.return_id = r.id
WHERE r.id IS NULL OR g.refunds > 1 OR (r.status = 'refunded') <> (g.refunds IS NOT NULL)
UNION ALL
SELECT 'refund', f.id::text, f.status, f.amount, p.amount
FROM orderd.order_return_refund f
LEFT JOIN paymentd.refund p ON p.id = f.id
WHERE f.status <> 'asked' AND (p.id IS NULL OR p.status <> f.status OR p.amount <> f.amount
	OR p.return_id <> f.return_id)
UNION ALL
SELECT 'worth', w.order_id::text, w.line::text, w.amount, c.amount
FROM worth w
LEFT JOIN charged c USING (order_id, line)
WHERE w.amount > coalesce(c.amount, 0)
UNION ALL
SELECT 'worth of lines', r.id::text, r.number, r.worth, sum(x.amount)
FROM orderd.order_return r
JOIN orderd.order_return_line x ON x.return_id = r.id
WHERE r.received_at IS NOT NULL
GROUP BY r.id, r.number, r.worth
HAVING r.worth <> sum(x.amount)
UNION ALL
SELECT 'exchange', o.id::text, o.number, o.total_amount, 0
FROM orderd.orders o
LEFT JOIN orderd.order_return r ON r.id = o.origin
	AND (r.exchange_order = o.id OR o.status IN ('rejected', 'cancelled'))
WHERE o.kind = 'exchange' AND (o.total_amount <> 0 OR r.id IS NULL);
