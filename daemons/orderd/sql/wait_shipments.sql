SELECT id::text FROM shipment WHERE id = ANY (:ids::uuid[]) AND due_at IS NULL
