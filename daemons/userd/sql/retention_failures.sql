-- Failed logins, which make the next ones wait.
WITH gone AS (
	DELETE FROM login_failure WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM login_failure
		WHERE failed_at < now() - :kept_ms::bigint * interval '1 millisecond'
		ORDER BY failed_at LIMIT :batch::integer))
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(failed_at)) FROM login_failure) AS oldest
