SELECT to_json(r) AS body
FROM (SELECT code, name, position, created_at FROM location WHERE code = :code) r
