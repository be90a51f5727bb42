-- The kept events since a position, as follow_events.sql of the library does it: a position never passes
-- a row that is not visible yet. `body` is the text that subscriptions get, byte for byte.
WITH horizon AS (
	SELECT pg_snapshot_xmin(pg_current_snapshot()) AS oldest,
		pg_snapshot_xmax(pg_current_snapshot()) AS newest,
		(SELECT keep_ms FROM webhook_setting) * interval '1 ms' AS kept
), page AS (
	SELECT e.xid, e.number, e.id, e.type, e.aggregate, e.version, e.occurred_at AS time, e.body
	FROM webhook_event e
	WHERE (e.xid, e.number) > ((:after->>0)::xid8, (:after->>1)::bigint)
		AND e.xid < (SELECT oldest FROM horizon)
		AND (:event IS NULL OR webhook_matches(ARRAY[:event], e.type))
		AND (:webhook IS NULL OR CASE WHEN e.webhook_id IS NOT NULL THEN e.webhook_id = :webhook::uuid
			ELSE webhook_matches((SELECT w.events FROM webhook w WHERE w.id = :webhook::uuid),
				e.type) END)
	ORDER BY e.xid, e.number LIMIT :limit
), last AS (
	SELECT xid, number FROM page
	WHERE (SELECT count(*) FROM page) = :limit ORDER BY xid DESC, number DESC LIMIT 1
)
SELECT to_json(r) AS body
FROM (SELECT
	(SELECT coalesce(json_agg(e ORDER BY e.xid, e.number), '[]')
		FROM (SELECT number, id, type, aggregate, version, time, body, xid::text::bigint AS xid
			FROM page) e) AS data,
	cursor_encode(jsonb_build_array(
		coalesce((SELECT xid FROM last), h.oldest)::text,
		coalesce((SELECT number FROM last), 0), now())) AS next,
	:after IS NOT NULL AND ((:after->>0)::xid8 > h.newest
		OR (:after->>2)::timestamptz < now() - h.kept) AS gap
	FROM horizon h
	WHERE :webhook IS NULL OR EXISTS (SELECT FROM webhook w WHERE w.id = :webhook::uuid)) r;
