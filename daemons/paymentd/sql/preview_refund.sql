-- What a refund would do, from the same amounts that it is checked against.
SELECT to_json(r) AS body
FROM (
	SELECT p.id AS payment, p.order_id AS "order", p.number,
		ROW(p.captured, p.currency)::money_amount AS captured,
		ROW(p.refunded, p.currency)::money_amount AS refunded,
		ROW(p.refund_pending, p.currency)::money_amount AS refund_pending,
		ROW(rest.amount, p.currency)::money_amount AS refundable,
		ROW(wanted.amount, p.currency)::money_amount AS amount,
		rest.amount > 0 AND wanted.amount <= rest.amount AND in_time.yes AS possible,
		CASE WHEN rest.amount <= 0 THEN 'refund_of_nothing'
			WHEN wanted.amount > rest.amount THEN 'refund_too_much'
			WHEN NOT in_time.yes THEN 'refund_too_late' END AS reason,
		coalesce(wanted.amount > refund_limit_of(:scopes), false) AS needs_approval,
		(SELECT json_agg(t) FROM (
			SELECT debit, credit, ROW(wanted.amount, p.currency)::money_amount AS amount
			FROM ledger_rule WHERE cause = 'refunded') t) AS transfers
	FROM payment p
	JOIN provider v ON v.name = p.provider
	CROSS JOIN LATERAL (SELECT p.captured - p.refunded - p.refund_pending AS amount) rest
	CROSS JOIN LATERAL (SELECT coalesce(:amount, rest.amount) AS amount) wanted
	CROSS JOIN LATERAL (SELECT p.created_at >= now() - v.refund_days * interval '1 day' AS yes) in_time
	WHERE (:payment IS NOT NULL OR :order IS NOT NULL) AND p.id = payment_meant(:payment, :order)
) r
