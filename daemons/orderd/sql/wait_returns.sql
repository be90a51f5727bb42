-- Nothing of it is in work: it is in the stock again, and paymentd has decided, or waits for people.
SELECT id::text FROM order_return r
WHERE id = ANY (:ids::uuid[]) AND due_at IS NULL AND NOT EXISTS (
	SELECT FROM order_return_refund f WHERE f.return_id = r.id AND f.status IN ('asked', 'pending'))
