-- No order is pending, no payment, refund, capture, shipment or cancellation undecided, no job waiting
SELECT 'order', id::text, status, step, last_error FROM orderd.orders
WHERE (status = 'pending' OR step IS NOT NULL)
	-- Who pays by hand has days for it.
	AND NOT (step = 'authorizing' AND deadline > now() AND EXISTS (SELECT FROM paymentd.payment p
		WHERE p.order_id = orders.id AND p.provider = 'manual'))
UNION ALL
SELECT 'units under way', order_id::text, line::text, under_way::text, NULL FROM orderd.order_line
WHERE under_way <> 0
UNION ALL
SELECT 'shipment', id::text, status, capture, last_error FROM orderd.shipment
WHERE status = 'pending' OR due_at IS NOT NULL
UNION ALL
SELECT 'cancellation', id::text, status, reason, last_error FROM orderd.cancellation
WHERE status = 'pending' OR due_at IS NOT NULL
UNION ALL
SELECT 'payment', id::text, status, NULL, NULL FROM paymentd.payment
WHERE status IN ('pending', 'action_required') AND NOT (provider = 'manual' AND deadline > now())
UNION ALL
SELECT 'operation', id::text, kind, state, NULL FROM paymentd.payment_operation
WHERE state NOT IN ('succeeded', 'failed', 'cancelled') AND NOT (state = 'asked' AND kind IN ('authorize',
	'capture', 'refund') AND payment_id IN (SELECT id FROM paymentd.payment WHERE provider = 'manual'))
UNION ALL
SELECT 'refund', id::text, status, amount::text, NULL FROM paymentd.refund
WHERE status = 'pending'
	AND payment_id NOT IN (SELECT id FROM paymentd.payment WHERE provider = 'manual')
UNION ALL
SELECT 'invoice', id::text, status, invoice_attempt::text, invoice_error FROM orderd.shipment
WHERE status = 'shipped' AND invoice IS NULL
UNION ALL
SELECT 'credit note', r.id::text, r.status, r.amount::text, NULL
FROM paymentd.refund r JOIN orderd.orders o ON o.id = r.order_id
WHERE r.status = 'succeeded' AND NOT EXISTS (SELECT FROM orderd.invoice i WHERE i.refund_id = r.id)
UNION ALL
SELECT 'reversal of a credit note', r.id::text, r.status, i.number, NULL
FROM paymentd.refund r JOIN orderd.invoice i ON i.refund_id = r.id AND i.kind = 'credit_note'
WHERE r.status = 'failed' AND NOT EXISTS (SELECT FROM orderd.invoice x WHERE x.reverses = i.number)
UNION ALL
SELECT 'webhook of the provider', id, state, attempt::text, NULL FROM sandbox.webhook WHERE state = 'queued'
UNION ALL
SELECT 'return', id::text, status, attempt::text, last_error FROM orderd.order_return
WHERE due_at IS NOT NULL
UNION ALL
SELECT 'refund of a return', id::text, status, attempt::text, last_error FROM orderd.order_return_refund
WHERE status IN ('asked', 'pending') AND id NOT IN (SELECT r.id FROM paymentd.refund r
	JOIN paymentd.payment p ON p.id = r.payment_id WHERE p.provider = 'manual' AND r.status = 'pending')
UNION ALL
SELECT 'job', id::text, queue, state, reason FROM (
	SELECT * FROM catalogd.job UNION ALL SELECT * FROM cartd.job
	UNION ALL SELECT * FROM orderd.job UNION ALL SELECT * FROM paymentd.job) j
WHERE state <> 'done';
