-- The newest first. The first word of a subject is the stream, in small letters.
WITH page AS (
	SELECT id AS number, upper(split_part(subject, '.', 1)) || '-' || id AS id, subject,
		aggregate_id AS aggregate, version, created_at AS time, sent_at, body AS data
	FROM outbox
	WHERE (:after IS NULL OR id < (:after->>0)::bigint)
		AND (:prefix IS NULL OR starts_with(subject, rtrim(:prefix, '*>')))
		AND (:aggregate IS NULL OR aggregate_id = :aggregate)
		AND (:since IS NULL OR created_at >= :since)
	ORDER BY outbox.id DESC LIMIT :limit + 1
), shown AS (
	SELECT * FROM page ORDER BY number DESC LIMIT :limit
)
SELECT to_json(r) AS body
FROM (SELECT
	(SELECT coalesce(json_agg(e ORDER BY e.number DESC), '[]') FROM shown e) AS data,
	(SELECT cursor_encode(jsonb_build_array(min(number))) FROM shown
		HAVING (SELECT count(*) FROM page) > :limit) AS next) r;
