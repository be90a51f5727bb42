SELECT to_json(answer) AS body
FROM (
	WITH page AS MATERIALIZED (
		SELECT *, row_number() OVER (ORDER BY id DESC) AS place
		FROM (
			SELECT t.id, t.debit, t.credit, ROW(t.amount, t.currency)::money_amount AS amount,
				t.cause, t.payment_id AS payment, p.order_id AS "order", p.number, t.created_at
			FROM ledger_transfer t
			JOIN payment p ON p.id = t.payment_id
			WHERE (:payment IS NULL OR t.payment_id = :payment::uuid)
			AND (:order IS NULL OR p.number = :order OR p.order_id::text = :order)
			AND (:account IS NULL OR :account IN (t.debit, t.credit))
			AND (:after IS NULL OR t.id < (:after->>0)::bigint)
			ORDER BY t.id DESC
			LIMIT :limit + 1
		) found
	)
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT id, debit, credit, amount, cause, payment, "order", number, created_at
			FROM page WHERE place <= :limit ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(id))
		FROM page WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
