SELECT to_json(r) AS body
FROM (SELECT id, role, audiences, created_at FROM client WHERE id = :id) r
