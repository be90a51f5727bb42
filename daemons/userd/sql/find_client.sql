-- No row: no such client, or not its secret.
SELECT 'client:' || id AS subject, granted_scope(ARRAY[role], :scope) AS scope,
	coalesce(:audience, audiences[1]) AS audience,
	:audience::text IS NULL OR :audience = ANY (audiences) AS may_have_audience
FROM client WHERE id = :client_id AND secret_hash = decode(:secret_hash, 'hex')
