-- By hand: what was taken is here, each entry was recorded once by somebody, and the rest is owed
-- At every moment: also while orders are under way.
WITH summed AS (
	SELECT payment_id,
		coalesce(sum(amount) FILTER (WHERE kind = 'received'), 0) AS received,
		coalesce(sum(amount) FILTER (WHERE kind = 'returned'), 0) AS returned,
		coalesce(sum(amount) FILTER (WHERE kind = 'captured'), 0) AS captured
	FROM paymentd.payment_event
	WHERE provider = 'manual'
	GROUP BY payment_id
), booked AS (
	SELECT payment_id, sum(CASE WHEN credit = 'prepayments' THEN amount ELSE -amount END) AS owed
	FROM paymentd.ledger_transfer
	WHERE 'prepayments' IN (debit, credit)
	GROUP BY payment_id
)
SELECT 'amounts', p.id::text, p.status, p.amount, p.authorized, p.captured, p.prepaid, s.received,
	s.returned, b.owed
FROM paymentd.payment p
LEFT JOIN summed s ON s.payment_id = p.id
LEFT JOIN booked b ON b.payment_id = p.id
WHERE p.prepaid <> coalesce(b.owed, 0)
	OR p.provider <> 'manual' AND p.prepaid <> 0
	OR p.provider = 'manual' AND (
		p.prepaid <> coalesce(s.received - s.returned - s.captured, 0)
		OR p.captured <> coalesce(s.captured, 0)
		OR coalesce(s.received, 0) > p.amount
		OR p.status = 'authorized' AND p.token = 'manual_bank_transfer' AND s.received IS DISTINCT FROM p.amount)
UNION ALL
-- Written off is what has left the house: its captures are still asked for.
SELECT 'written off', p.id::text, p.status, p.written_off, sum(o.amount), NULL, NULL, NULL, NULL, NULL
FROM paymentd.payment p
LEFT JOIN paymentd.payment_operation o ON o.payment_id = p.id AND o.kind = 'capture'
	AND o.state IN ('queued', 'calling', 'asked')
	AND o.id::text IN (SELECT e.reference FROM paymentd.payment_event e
		WHERE e.payment_id = p.id AND e.kind = 'written_off')
GROUP BY p.id, p.status, p.written_off
HAVING p.written_off <> coalesce(sum(o.amount), 0) OR (p.status = 'written_off' AND p.written_off = 0)
UNION ALL
SELECT 'recorded twice, or by nobody', e.payment_id::text, e.kind, count(*), min(e.amount), NULL, NULL, NULL,
	NULL, NULL
FROM paymentd.payment_event e
WHERE e.provider = 'manual' AND e.kind IN ('received', 'returned', 'refunded', 'written_off')
GROUP BY e.payment_id, e.kind, e.reference
HAVING count(*) > 1 OR bool_or(e.actor IS NULL OR e.source <> 'staff');
