-- Requests to verify an address or to reset a password, after they have expired.
WITH gone AS (
	DELETE FROM account_request WHERE id IN (
		SELECT id FROM account_request
		WHERE expires_at < now() - :kept_ms::bigint * interval '1 millisecond'
		ORDER BY expires_at LIMIT :batch::integer)
	RETURNING 1
), asked AS (
	DELETE FROM reset_asked WHERE id IN (
		SELECT id FROM reset_asked WHERE email IS NULL AND asked_at < now() - interval '1 hour'
		LIMIT :batch::integer)
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM asked) AS removed,
	(SELECT extract(epoch FROM now() - min(expires_at)) FROM account_request
		WHERE expires_at < now()) AS oldest
