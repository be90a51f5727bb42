UPDATE gadget SET state = :state WHERE id = :id::uuid
RETURNING to_json((SELECT r FROM (SELECT id, state) r)) AS body;
