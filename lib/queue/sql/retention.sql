-- Keys, sent events and done jobs are kept for seven days.
WITH keys AS (DELETE FROM idempotency WHERE created_at < now() - interval '7 days' RETURNING 1),
events AS (DELETE FROM outbox WHERE sent_at < now() - interval '7 days' RETURNING 1),
jobs AS (DELETE FROM job WHERE state = 'done' AND settled_at < now() - interval '7 days' RETURNING 1)
SELECT (SELECT count(*) FROM keys) + (SELECT count(*) FROM events) + (SELECT count(*) FROM jobs)
	AS removed;
