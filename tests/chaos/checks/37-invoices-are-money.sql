-- One invoice per shipment, one credit note per refund, reversed when it failed, each of its amount; in sum what was captured less what was refunded
WITH issued AS (
	SELECT order_id, sum(total_amount) FILTER (WHERE kind = 'invoice') AS invoiced,
		sum(CASE kind WHEN 'credit_note' THEN total_amount WHEN 'credit_note_reversal' THEN -total_amount END)
			AS credited
	FROM orderd.invoice
	GROUP BY order_id
), lost AS ( -- a capture that the provider refused for good, or a bill that is still to be paid
	SELECT payment_id FROM paymentd.payment_operation
	WHERE kind = 'capture' AND state IN ('failed', 'cancelled')
	UNION
	SELECT id FROM paymentd.payment WHERE provider = 'manual'
)
SELECT 'shipment', s.id::text, s.amount::text, sum(i.total_amount)::text, count(i.number)::text
FROM (SELECT * FROM orderd.shipment WHERE status = 'shipped') s
FULL JOIN (SELECT * FROM orderd.invoice WHERE kind = 'invoice') i ON i.shipment_id = s.id
GROUP BY s.id, s.amount
HAVING s.id IS NULL OR count(i.number) <> 1 OR sum(i.total_amount) <> s.amount
UNION ALL
SELECT 'refund', r.id::text, r.amount::text, sum(i.total_amount)::text, count(i.number)::text
FROM (SELECT f.* FROM paymentd.refund f JOIN orderd.orders o ON o.id = f.order_id
	WHERE f.status = 'succeeded') r
FULL JOIN (SELECT * FROM orderd.invoice c WHERE kind = 'credit_note' AND NOT EXISTS (
	SELECT FROM orderd.invoice x WHERE x.reverses = c.number)) i ON i.refund_id = r.id
GROUP BY r.id, r.amount
HAVING r.id IS NULL OR count(i.number) <> 1 OR sum(i.total_amount) <> r.amount
UNION ALL
SELECT 'reversal', x.number, x.total_amount::text, c.total_amount::text, r.status
FROM orderd.invoice x
LEFT JOIN orderd.invoice c ON c.number = x.reverses AND c.kind = 'credit_note' AND c.refund_id = x.refund_id
LEFT JOIN paymentd.refund r ON r.id = x.refund_id
WHERE x.kind = 'credit_note_reversal' AND (c.total_amount IS DISTINCT FROM x.total_amount
	OR c.document->'totals' IS DISTINCT FROM x.document->'totals' OR r.status IS DISTINCT FROM 'failed')
UNION ALL
SELECT 'order', o.number, (p.captured - p.refunded)::text, coalesce(i.invoiced, 0)::text,
	coalesce(i.credited, 0)::text
FROM orderd.orders o
JOIN paymentd.payment p ON p.id = o.payment_id
LEFT JOIN issued i ON i.order_id = o.id
WHERE coalesce(i.invoiced, 0) - coalesce(i.credited, 0) <> p.captured - p.refunded
	AND (p.id NOT IN (SELECT payment_id FROM lost)
		OR coalesce(i.invoiced, 0) - coalesce(i.credited, 0) < p.captured - p.refunded)
UNION ALL
SELECT 'parts', number, document->'totals'->>'total', document->'totals'->>'net', document->'totals'->>'tax'
FROM orderd.invoice
WHERE (document->'totals'->>'net')::bigint + (document->'totals'->>'tax')::bigint <> total_amount
	OR (kind = 'invoice' AND total_amount <> (SELECT sum((e->>'total')::bigint)
		FROM jsonb_array_elements(document->'lines') e)
		+ coalesce((document->'shipping'->>'total')::bigint, 0));
