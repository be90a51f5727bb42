-- Dead jobs stay until somebody retries them.
WITH gone AS (
	DELETE FROM job WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM job
		WHERE state = 'done' AND settled_at < now() - :kept_ms::bigint * interval '1 millisecond'
		ORDER BY settled_at LIMIT :batch::integer))
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(settled_at)) FROM job WHERE state = 'done') AS oldest;
