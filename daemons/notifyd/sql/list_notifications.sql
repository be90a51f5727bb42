-- The newest first. An order by its id or number.
SELECT to_json(answer) AS body
FROM (
	WITH page AS MATERIALIZED (
		SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place
		FROM (
			SELECT *
			FROM notification_shown
			WHERE (:status IS NULL OR status = :status)
			AND (:template IS NULL OR template = :template)
			AND (:order IS NULL OR "order" = as_uuid(:order) OR ("order" IS NOT NULL
				AND number = :order))
			AND (:recipient IS NULL OR recipient = :recipient)
			AND (:since IS NULL OR created_at >= :since)
			AND (:after IS NULL OR (created_at, id)
				< ((:after->>0)::timestamptz, (:after->>1)::uuid))
			ORDER BY created_at DESC, id DESC
			LIMIT :limit + 1
		) found
	)
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT id, template, category, channel, "order", number, recipient, subject, status,
				reason, tries, last_error, due_at, resend_of, created_at, sent_at
			FROM page WHERE place <= :limit ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(created_at, id))
		FROM page WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
