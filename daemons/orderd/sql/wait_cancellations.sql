-- Done, and the order that they ended has ended.
SELECT c.id::text FROM cancellation c JOIN orders o ON o.id = c.order_id
WHERE c.id = ANY (:ids::uuid[]) AND c.due_at IS NULL AND o.step IS NULL
