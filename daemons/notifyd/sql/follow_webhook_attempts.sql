-- What was sent since a position, in the manner of follow_webhook_events.sql. Without one: from now on.
WITH horizon AS (
	SELECT pg_snapshot_xmin(pg_current_snapshot()) AS oldest,
		pg_snapshot_xmax(pg_current_snapshot()) AS newest,
		(SELECT keep_ms FROM webhook_setting) * interval '1 ms' AS kept
), page AS (
	SELECT a.xid, a.number, a.created_at AS time, d.webhook_id AS webhook, d.id AS delivery, e.id AS event,
		e.type, e.aggregate, a.attempt, a.outcome, a.status, a.duration_ms, a.error
	FROM webhook_attempt a JOIN webhook_delivery d ON d.number = a.delivery
	JOIN webhook_event e ON e.number = d.event
	WHERE (a.xid, a.number) > ((:after->>0)::xid8, (:after->>1)::bigint)
		AND a.xid < (SELECT oldest FROM horizon)
		AND (:event IS NULL OR webhook_matches(ARRAY[:event], e.type))
		AND (:webhook IS NULL OR d.webhook_id = :webhook::uuid)
	ORDER BY a.xid, a.number LIMIT :limit
), last AS (
	SELECT xid, number FROM page
	WHERE (SELECT count(*) FROM page) = :limit ORDER BY xid DESC, number DESC LIMIT 1
)
SELECT to_json(r) AS body
FROM (SELECT
	(SELECT coalesce(json_agg(a ORDER BY a.xid, a.number), '[]')
		FROM (SELECT number, time, webhook, delivery, event, type, aggregate, attempt, outcome,
			status, duration_ms, error, xid::text::bigint AS xid FROM page) a) AS data,
	cursor_encode(jsonb_build_array(
		coalesce((SELECT xid FROM last), h.oldest)::text,
		coalesce((SELECT number FROM last), 0), now())) AS next,
	:after IS NOT NULL AND ((:after->>0)::xid8 > h.newest
		OR (:after->>2)::timestamptz < now() - h.kept) AS gap
	FROM horizon h
	WHERE :webhook IS NULL OR EXISTS (SELECT FROM webhook w WHERE w.id = :webhook::uuid)) r;
