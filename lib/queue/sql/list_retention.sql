SELECT to_json(r) AS body
FROM (SELECT
	(SELECT coalesce(json_agg(t ORDER BY t.ran_at DESC, t.name), '[]')
		FROM (SELECT name, kept_ms / 1000 AS kept_seconds, ran_at, removed, total, removed_at,
				oldest_seconds, error
			FROM retention_run ORDER BY ran_at DESC, name LIMIT :limit) t) AS data,
	NULL::text AS next) r;
