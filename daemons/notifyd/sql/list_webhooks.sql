-- There are never more than a page of them.
SELECT to_json(r) AS body
FROM (SELECT (SELECT coalesce(json_agg(webhook_body(w) ORDER BY w.created_at, w.id), '[]') FROM webhook w)
	AS data, NULL::text AS next) r
