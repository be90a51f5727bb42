WITH gone AS (
	DELETE FROM inbox WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM inbox
		WHERE applied_at < now() - :kept_ms::bigint * interval '1 millisecond'
		ORDER BY applied_at LIMIT :batch::integer))
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(applied_at)) FROM inbox) AS oldest;
