-- Keys, sent events and done jobs are kept for seven days. A part at a time: called until it removes 0.
WITH keys AS (
	DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM idempotency WHERE created_at < now() - interval '7 days'
		ORDER BY created_at LIMIT 5000))
	RETURNING 1
), events AS (
	DELETE FROM outbox WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM outbox WHERE sent_at < now() - interval '7 days'
		ORDER BY sent_at LIMIT 5000))
	RETURNING 1
), jobs AS (
	DELETE FROM job WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM job WHERE state = 'done' AND settled_at < now() - interval '7 days'
		ORDER BY settled_at LIMIT 5000))
	RETURNING 1
)
SELECT (SELECT count(*) FROM keys) + (SELECT count(*) FROM events) + (SELECT count(*) FROM jobs)
	AS removed;
