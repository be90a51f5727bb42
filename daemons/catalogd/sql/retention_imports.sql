-- What the chunks of an import did: so long an import can be resumed or undone.
WITH gone AS (
	DELETE FROM import_chunk WHERE id IN (
		SELECT id FROM import_chunk
		WHERE created_at < now() - :kept_ms::bigint * interval '1 millisecond'
		ORDER BY created_at LIMIT :batch::integer)
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(created_at)) FROM import_chunk) AS oldest
