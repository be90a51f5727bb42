-- Unsent, so that the relay publishes them again. Of the last seven days only: the inboxes remember for
-- seven days more than that. A part at a time: called again with `next` until that is null.
WITH page AS (
	SELECT id FROM outbox
	WHERE id > coalesce(:after, 0) AND sent_at IS NOT NULL
		AND created_at >= greatest(:since, now() - interval '7 days')
		AND (:until IS NULL OR created_at < :until)
		AND (:prefix IS NULL OR starts_with(subject, rtrim(:prefix, '*>')))
	ORDER BY id LIMIT 5000
), replayed AS (
	UPDATE outbox SET sent_at = NULL FROM page
	WHERE outbox.id = page.id AND outbox.sent_at IS NOT NULL
	RETURNING outbox.id
)
SELECT to_json(r) AS body
FROM (SELECT (SELECT count(*) FROM replayed) AS replayed,
	(SELECT max(id) FROM page HAVING count(*) = 5000) AS next) r;
