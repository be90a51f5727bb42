-- A client whose secret the installation made. Unchanged ones are not written.
INSERT INTO client AS c (id, role, audiences, secret_hash)
VALUES (:id, :role, ARRAY[:audience::text], decode(:secret_hash, 'hex'))
ON CONFLICT (id) DO UPDATE SET
	role = excluded.role, audiences = excluded.audiences, secret_hash = excluded.secret_hash
WHERE (c.role, c.audiences, c.secret_hash)
	IS DISTINCT FROM (excluded.role, excluded.audiences, excluded.secret_hash)
