-- Newest first.
WITH page AS (
	SELECT i.*, row_number() OVER (ORDER BY issued_at DESC, number DESC) AS place
	FROM (
		SELECT * FROM invoice i
		WHERE (:kind IS NULL OR kind = :kind)
		AND (:year IS NULL OR year = :year)
		AND (:order IS NULL OR order_id = order_find(:order, '', :scopes, 'orders:read'))
		AND (:since IS NULL OR issued_at >= :since)
		AND (:after IS NULL OR (issued_at, number) < ((:after->>0)::timestamptz, :after->>1))
		ORDER BY issued_at DESC, number DESC
		LIMIT :limit + 1
	) i
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(invoice_body(i) ORDER BY p.place), '[]')
		FROM page p JOIN invoice i USING (number) WHERE place <= :limit
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(issued_at, number))
		FROM page WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
