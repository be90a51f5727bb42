-- What was not sent stays, however old it is.
WITH gone AS (
	DELETE FROM outbox WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM outbox
		WHERE sent_at < now() - :kept_ms::bigint * interval '1 millisecond'
		ORDER BY sent_at LIMIT :batch::integer))
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(sent_at)) FROM outbox WHERE sent_at IS NOT NULL) AS oldest;
