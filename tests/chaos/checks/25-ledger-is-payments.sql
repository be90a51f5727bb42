-- The ledger's accounts say of each payment what its columns say, and those what its events say
WITH entry AS (
	SELECT payment_id, debit AS account, amount FROM paymentd.ledger_transfer
	UNION ALL SELECT payment_id, credit, -amount FROM paymentd.ledger_transfer
), booked AS (
	SELECT payment_id,
		coalesce(sum(amount) FILTER (WHERE account = 'holds'), 0) AS holds,
		coalesce(-sum(amount) FILTER (WHERE account = 'sales'), 0) AS sales,
		coalesce(sum(amount) FILTER (WHERE account = 'refunds'), 0) AS refunds,
		coalesce(sum(amount) FILTER (WHERE account = 'clearing'), 0) AS clearing,
		coalesce(sum(amount) FILTER (WHERE account = 'written_off'), 0) AS written_off
	FROM entry
	GROUP BY payment_id
), told AS (
	SELECT e.payment_id,
		coalesce(sum(amount) FILTER (WHERE kind = 'authorized'), 0) AS authorized,
		coalesce(sum(amount) FILTER (WHERE kind = 'captured'), 0) AS captured,
		coalesce(sum(amount) FILTER (WHERE kind = 'refunded'), 0) AS refunded,
		coalesce(sum(amount) FILTER (WHERE kind = 'written_off'), 0) AS written_off
	FROM paymentd.payment_event e
	WHERE NOT EXISTS (SELECT FROM paymentd.payment_event f
		WHERE f.payment_id = e.payment_id AND f.reference = e.reference
			AND f.kind = CASE e.kind WHEN 'captured' THEN 'capture_failed'
				WHEN 'refunded' THEN 'refund_failed' WHEN 'written_off' THEN 'captured' END)
	GROUP BY e.payment_id
)
SELECT p.id, 'payment', p.authorized, p.captured, p.voided, p.refunded, 'ledger', b.holds, b.sales,
	b.refunds, b.clearing, 'events', t.authorized, t.captured, t.refunded, 'written off',
	p.written_off, b.written_off, t.written_off
FROM paymentd.payment p
LEFT JOIN booked b ON b.payment_id = p.id
LEFT JOIN told t ON t.payment_id = p.id
WHERE coalesce(b.holds, 0) <> p.authorized - p.voided - p.captured - p.written_off
	OR coalesce(b.sales, 0) <> p.captured + p.written_off
	OR coalesce(b.written_off, 0) <> p.written_off
	OR coalesce(t.written_off, 0) <> p.written_off
	OR coalesce(b.refunds, 0) <> p.refunded
	OR coalesce(b.clearing, 0) <> p.captured - p.refunded - p.fees - p.disputed + p.prepaid
	OR coalesce(t.authorized, 0) <> p.authorized
	OR coalesce(t.captured, 0) <> p.captured
	OR coalesce(t.refunded, 0) <> p.refunded;
