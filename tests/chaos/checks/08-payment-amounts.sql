-- 0 <= refunded + pending refunds <= captured, captured + voided <= authorized <= the amount agreed to
-- At every moment: also while orders are under way.
SELECT id, order_id, status, amount, authorized, captured, voided, refunded, refund_pending
FROM paymentd.payment
WHERE least(authorized, captured, voided, refunded, refund_pending, written_off) < 0
	OR refunded + refund_pending > captured OR captured + voided + written_off > authorized
	OR authorized > amount AND amount > 0 OR contradiction;
