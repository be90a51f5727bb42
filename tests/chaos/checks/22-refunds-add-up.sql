-- Refunded of a payment is the sum of its refunds that succeeded
-- At every moment: also while orders are under way.
SELECT p.id, 'refunded', p.refunded, 'refunds', coalesce(sum(r.amount), 0), 'pending', p.refund_pending
FROM paymentd.payment p
LEFT JOIN paymentd.refund r ON r.payment_id = p.id AND r.status = 'succeeded'
GROUP BY p.id, p.refunded, p.refund_pending
HAVING p.refunded <> coalesce(sum(r.amount), 0) OR p.refund_pending <> 0 AND NOT EXISTS (
	SELECT FROM paymentd.refund q WHERE q.payment_id = p.id AND q.status IN ('requested', 'pending'));
