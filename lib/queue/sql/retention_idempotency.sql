WITH gone AS (
	DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM idempotency
		WHERE created_at < now() - :kept_ms::bigint * interval '1 millisecond'
		ORDER BY created_at LIMIT :batch::integer))
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(created_at)) FROM idempotency) AS oldest;
