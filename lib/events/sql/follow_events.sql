-- What was written since a position, in the order of transactions: a row becomes visible when its
-- transaction commits, but of all transactions before the oldest one that runs, everything is there.
-- So a position never passes a row that is not visible yet. Without one: from now on.
WITH horizon AS (
	SELECT pg_snapshot_xmin(pg_current_snapshot()) AS oldest,
		pg_snapshot_xmax(pg_current_snapshot()) AS newest
), page AS (
	SELECT o.xid, o.id AS number, upper(split_part(o.subject, '.', 1)) || '-' || o.id AS id,
		o.subject, o.aggregate_id AS aggregate, o.version, o.created_at AS time, o.sent_at,
		o.body AS data
	FROM outbox o
	WHERE (o.xid, o.id) > ((:after->>0)::xid8, (:after->>1)::bigint)
		AND o.xid < (SELECT oldest FROM horizon)
		AND (:prefix IS NULL OR starts_with(o.subject, rtrim(:prefix, '*>')))
		AND (:aggregate IS NULL OR o.aggregate_id = :aggregate)
	ORDER BY o.xid, o.id LIMIT :limit
), last AS (
	SELECT xid, number FROM page
	WHERE (SELECT count(*) FROM page) = :limit ORDER BY xid DESC, number DESC LIMIT 1
)
SELECT to_json(r) AS body
FROM (SELECT
	(SELECT coalesce(json_agg(e ORDER BY e.xid, e.number), '[]')
		FROM (SELECT number, id, subject, aggregate, version, time, sent_at, data, xid::text::bigint AS xid
			FROM page) e) AS data,
	cursor_encode(jsonb_build_array(
		coalesce((SELECT xid FROM last), h.oldest)::text,
		coalesce((SELECT number FROM last), 0), now())) AS next,
	-- Rows of a week ago may be gone; a database that was restored is behind its own positions.
	:after IS NOT NULL AND ((:after->>0)::xid8 > h.newest
		OR (:after->>2)::timestamptz < now() - interval '7 days') AS gap
	FROM horizon h) r;
