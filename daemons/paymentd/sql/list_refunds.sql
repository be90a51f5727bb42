-- Staff see all, customers the plain part of their own.
SELECT to_json(answer) AS body
FROM (
	WITH page AS MATERIALIZED (
		SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place
		FROM (
			SELECT *
			FROM refund_shown, (SELECT 'payments:read' = ANY(:scopes) AS is_staff) caller
			WHERE (is_staff OR owner = :subject)
			AND (:status IS NULL OR status = :status)
			AND (:order IS NULL OR number = :order OR "order"::text = :order)
			AND (:after IS NULL OR (created_at, id)
				< ((:after->>0)::timestamptz, (:after->>1)::uuid))
			ORDER BY created_at DESC, id DESC
			LIMIT :limit + 1
		) found
	)
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT id, payment, "order", number, amount, status, reason,
				CASE WHEN is_staff THEN failure END AS failure, lines,
				"return",
				CASE WHEN is_staff THEN requested_by END AS requested_by,
				CASE WHEN is_staff THEN decided_by END AS decided_by, decided_at,
				CASE WHEN is_staff THEN note END AS note, version, created_at, updated_at
			FROM page WHERE place <= :limit ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(created_at, id))
		FROM page WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
