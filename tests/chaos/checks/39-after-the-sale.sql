-- What staff were told of returns, exchanges, drafts and money by hand is so: pieces, states, stock, amounts
WITH told AS (
	SELECT h.op, h.key, h.value ->> 'about' AS about, h.value ->> 'id' AS id, i.value -> 'body' AS body
	FROM history h
	JOIN history i ON i.key = h.key AND i.type = 'invoke'
	WHERE h.type = 'ok'
), state (op, allowed) AS (
	VALUES ('approve', '{approved,received,refunded,cancelled}'::text[]), ('decline', '{declined}'),
		('cancel_return', '{cancelled}'), ('receive', '{received,refunded}')
), counted AS (
	SELECT t.about, (l ->> 'line')::integer AS line, (l ->> 'quantity')::bigint AS came,
		(l ->> 'resellable')::bigint AS good
	FROM told t
	CROSS JOIN LATERAL jsonb_array_elements(t.body -> 'lines') l
	WHERE t.op = 'receive'
), shelf AS (
	SELECT c.about, l.sku, sum(c.good) AS good
	FROM counted c
	JOIN orderd.order_return r ON r.id::text = c.about
	JOIN orderd.order_line l ON l.order_id = r.order_id AND l.line = c.line
	WHERE EXISTS (SELECT FROM catalogd.stock_level s WHERE s.sku = l.sku AND s.tracked)
	GROUP BY c.about, l.sku
), moved AS (
	SELECT cause_id AS about, sku, sum(quantity) AS good
	FROM catalogd.stock_movement
	WHERE cause_type = 'return'
	GROUP BY cause_id, sku
)
SELECT 'asked back', t.id, l ->> 'line', l ->> 'quantity', x.quantity::text
FROM told t
CROSS JOIN LATERAL jsonb_array_elements(t.body -> 'lines') l
LEFT JOIN orderd.order_return_line x ON x.return_id::text = t.id AND x.line = (l ->> 'line')::integer
WHERE t.op = 'return' AND x.quantity IS DISTINCT FROM (l ->> 'quantity')::bigint
UNION ALL
SELECT 'state after ' || t.op, t.about, r.number, r.status, NULL
FROM told t
JOIN state s USING (op)
LEFT JOIN orderd.order_return r ON r.id::text = t.about
WHERE r.status IS NULL OR r.status <> ALL (s.allowed)
UNION ALL
SELECT 'counted', c.about, c.line::text, c.came || ' ' || c.good, x.received || ' ' || x.resellable
FROM counted c
LEFT JOIN orderd.order_return_line x ON x.return_id::text = c.about AND x.line = c.line
WHERE (x.received, x.resellable) IS DISTINCT FROM (c.came, c.good)
UNION ALL
SELECT 'put into the stock', s.about, s.sku, s.good::text, m.good::text
FROM shelf s
LEFT JOIN moved m USING (about, sku)
WHERE coalesce(m.good, 0) <> s.good
UNION ALL
SELECT 'exchanged', t.id, r.number, w ->> 'quantity', sum(l.quantity)::text
FROM told t
JOIN orderd.order_return r ON r.id::text = t.id
CROSS JOIN LATERAL jsonb_array_elements(t.body -> 'exchange') w
LEFT JOIN orderd.order_line l ON l.order_id = r.exchange_order AND l.sku = w ->> 'sku'
WHERE t.op = 'return' AND t.body ? 'exchange' AND EXISTS (SELECT FROM told a WHERE a.about = t.id
	AND (a.op = 'approve' AND a.body @> '{"advance": true}'
		OR a.op = 'receive' AND NOT a.body @> '{"exchange": false}'))
GROUP BY t.id, r.number, w
HAVING sum(l.quantity) IS DISTINCT FROM (w ->> 'quantity')::bigint
UNION ALL
SELECT 'amount of refund', t.about, t.id, t.body ->> 'amount', f.amount::text
FROM told t
LEFT JOIN orderd.order_return_refund f ON f.id::text = t.id
WHERE t.op = 'return_refund' AND t.body ? 'amount'
	AND f.amount IS DISTINCT FROM (t.body ->> 'amount')::bigint
UNION ALL
-- What was told to be paid back stays so, unless the bank sends it back.
SELECT 'paid back', h.value ->> 'about', h.value ->> 'id', h.value ->> 'amount',
	r.status || ' ' || p.status || ' ' || p.amount
FROM history h
LEFT JOIN orderd.order_return r ON r.id::text = h.value ->> 'about'
LEFT JOIN paymentd.refund p ON p.id::text = h.value ->> 'id'
WHERE h.op = 'return_outcome' AND h.value ->> 'status' = 'succeeded' AND (r.id IS NULL OR p.id IS NULL
	OR p.amount <> (h.value ->> 'amount')::bigint
	OR p.status <> 'failed' AND (r.status, p.status) <> ('refunded', 'succeeded'))
UNION ALL
SELECT 'total of draft', t.about, o.number, t.body -> 'total' ->> 'amount', o.total_amount::text
FROM told t
LEFT JOIN orderd.orders o ON o.id::text = t.id
WHERE t.op = 'place_draft' AND (o.origin::text, o.total_amount) IS DISTINCT FROM
	(t.about, (t.body -> 'total' ->> 'amount')::bigint)
UNION ALL
SELECT 'recorded', t.about, t.id, t.body -> 'amount' ->> 'amount', e.kind || ' ' || e.amount
FROM told t
LEFT JOIN paymentd.payment_event e ON e.reference = t.id AND e.provider = 'manual'
LEFT JOIN paymentd.payment p ON p.id = e.payment_id
WHERE t.op = 'record' AND (p.order_id::text, e.kind, e.amount) IS DISTINCT FROM (t.about,
	CASE WHEN t.body ? 'returned' THEN 'returned' ELSE 'received' END,
	(t.body -> 'amount' ->> 'amount')::bigint);
