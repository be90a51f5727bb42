SELECT to_json(answer) AS body
FROM (
	WITH page AS MATERIALIZED (
		SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place
		FROM (
			SELECT *
			FROM payment_shown
			WHERE (:status IS NULL OR status = :status)
			AND (:order IS NULL OR number = :order OR "order"::text = :order)
			AND (NOT :owed::boolean OR ((prepaid).amount > 0 AND (owed).amount > 0)) -- for the index
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
			SELECT id, "order", number, provider, status, reason, amount, authorized, captured,
				voided, refunded, refund_pending, disputed, prepaid, owed, written_off, refundable, contradiction,
				hold_ends_at, deadline, version, created_at, updated_at
			FROM page WHERE place <= :limit ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(created_at, id))
		FROM page WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
