-- Those of the orders that clients wait for that need them again: decided, or with something to do.
SELECT id::text FROM orders
WHERE id = ANY (:ids::uuid[]) AND (status <> 'pending' OR next_action IS NOT NULL)
