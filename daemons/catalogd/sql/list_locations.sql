-- In the order in which orders take from them. A shop has a few: one page.
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data, NULL AS next
	FROM (SELECT code, name, position, created_at FROM location ORDER BY position, code) r
) answer
