UPDATE call SET attempt = attempt + 1, due_at = now() + :lease_ms::bigint * interval '1 millisecond'
WHERE id IN (SELECT id FROM call WHERE state = 'new' AND due_at <= now() ORDER BY id
	LIMIT :batch::integer FOR UPDATE SKIP LOCKED)
RETURNING id, attempt, url, body
