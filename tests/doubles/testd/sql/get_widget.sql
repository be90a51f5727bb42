SELECT to_json(r) AS body, r.version AS etag
FROM (SELECT id, code, label, price, count, note, version, created_at
	FROM widget WHERE id = :id::uuid) r;
