-- In the order in which orders take from them.
WITH page AS (
	SELECT *, row_number() OVER (ORDER BY position, code) AS place
	FROM location
	WHERE :after IS NULL OR (position, code) > ((:after->>0)::integer, :after->>1)
	ORDER BY position, code
	LIMIT :limit + 1
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (SELECT code, name, position, created_at FROM page WHERE place <= :limit ORDER BY place) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(position, code))
		FROM page
		WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
