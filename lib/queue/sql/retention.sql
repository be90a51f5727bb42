-- Keys, sent events and done jobs are kept for seven days, the inbox for 15 (see its table), dead jobs
-- until somebody retries them. A part at a time: called until it removes 0.
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
), applied AS (
	DELETE FROM inbox WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM inbox WHERE applied_at < now() - interval '15 days'
		ORDER BY applied_at LIMIT 5000))
	RETURNING 1
)
SELECT (SELECT count(*) FROM keys) + (SELECT count(*) FROM events) + (SELECT count(*) FROM jobs) +
	(SELECT count(*) FROM applied) AS removed;
