-- What a merchant asked for with a key happened at most once, and at least once when it was acknowledged
WITH made AS (
	SELECT 'ship' AS op, id::text AS id FROM orderd.shipment
	UNION ALL SELECT 'cancel', id::text FROM orderd.cancellation
	UNION ALL SELECT 'return', id::text FROM orderd.order_return
	UNION ALL SELECT 'return_refund', id::text FROM orderd.order_return_refund
	UNION ALL SELECT 'draft', id::text FROM orderd.order_draft
	UNION ALL SELECT 'place_draft', id::text FROM orderd.orders WHERE kind = 'draft'
	UNION ALL SELECT 'refund', id::text FROM paymentd.refund
	UNION ALL SELECT 'record', reference FROM paymentd.payment_event
	WHERE provider = 'manual' AND kind IN ('received', 'returned')
	UNION ALL SELECT 'record_refund', reference FROM paymentd.payment_event
	WHERE provider = 'manual' AND kind = 'refunded'
), told AS (
	SELECT op, key, value ->> 'id' AS id FROM history
	WHERE type = 'ok' AND op IN (SELECT op FROM made UNION VALUES ('ship'), ('cancel'), ('refund'),
		('return'), ('return_refund'), ('draft'), ('place_draft'), ('record'), ('record_refund'))
), route (op, path) AS (
	VALUES ('ship', '/shipments$'), ('cancel', '/cancellations$'), ('refund', '/v1/refunds$'),
		('return', '/returns$'), ('approve', '/approve$'), ('decline', '/decline$'),
		('cancel_return', '/v1/returns/.*/cancel$'), ('receive', '/receive$'),
		('return_refund', '/v1/returns/.*/refund$'), ('draft', '/order-drafts$'),
		('place_draft', '/place$'), ('record', '/payment-records$'), ('record_refund', '/record$')
)
SELECT t.op, t.key, t.id, count(m.id) AS found
FROM told t
LEFT JOIN made m USING (op, id)
GROUP BY t.op, t.key, t.id
HAVING count(m.id) <> 1
UNION ALL
SELECT 'done twice: ' || op, string_agg(DISTINCT key, ' '), id, count(DISTINCT key)
FROM told
GROUP BY op, id
HAVING count(DISTINCT key) > 1
UNION ALL
-- Of what the clients do at all: others may do the rest.
SELECT 'never asked for', i.key, i.route || ' ' || i.location, 1
FROM (SELECT key, route, location FROM orderd.idempotency
	UNION ALL SELECT key, route, location FROM paymentd.idempotency) i
JOIN route r ON i.route ~ r.path AND (r.op IN ('ship', 'cancel', 'refund') OR EXISTS (
	SELECT FROM history h WHERE h.op = r.op))
WHERE EXISTS (SELECT FROM history)
	AND NOT EXISTS (SELECT FROM history h WHERE h.type = 'invoke' AND h.key = i.key);
