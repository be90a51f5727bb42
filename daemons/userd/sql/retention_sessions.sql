-- Sessions stay for some time after their end, for questions; their refresh tokens until they expire.
WITH sessions AS (
	DELETE FROM session WHERE id IN (
		SELECT id FROM session
		WHERE expires_at < now() - :kept_ms::bigint * interval '1 millisecond'
			OR ended_at < now() - :kept_ms::bigint * interval '1 millisecond'
		LIMIT :batch::integer)
	RETURNING 1
), tokens AS (
	DELETE FROM refresh_token WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM refresh_token WHERE expires_at < now() LIMIT :batch::integer))
	RETURNING 1
)
SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM tokens) AS removed,
	(SELECT extract(epoch FROM now() - min(expires_at)) FROM session WHERE expires_at < now()) AS oldest
