-- Three books: the provider's report, our events of it, and the ledger. A movement is known by its
-- kind and the provider's reference. Captures, refunds, disputes and what came in and went back by hand
-- are always compared, other kinds when the report has them.
SELECT to_json(answer) AS body
FROM (
	WITH row_ AS MATERIALIZED (
		SELECT r.*, row_number() OVER (PARTITION BY kind, reference ORDER BY place) AS copy
		FROM (
			SELECT (value->>'reference') AS reference, value->>'kind' AS kind,
				(value->>'amount')::bigint AS amount, value->>'currency' AS currency,
				(value->>'occurred_at')::timestamptz AS occurred_at, place
			FROM jsonb_array_elements(:rows::jsonb) WITH ORDINALITY rows (value, place)
		) r
		WHERE kind IN ('authorized', 'captured', 'voided', 'expired', 'refunded', 'disputed',
			'dispute_won', 'received', 'returned')
	), period AS (
		SELECT coalesce(:since::timestamptz, min(occurred_at)) AS since,
			coalesce(:until::timestamptz, max(occurred_at) + interval '1 second') AS until
		FROM row_
	), event AS MATERIALIZED (
		SELECT e.*, coalesce(e.currency, p.currency) AS event_currency
		FROM payment_event e
		LEFT JOIN payment p ON p.id = e.payment_id
		WHERE e.provider = :provider::text AND (e.kind, e.reference) IN (SELECT kind, reference FROM row_)
	), missing_there AS (
		SELECT e.reference, e.kind, e.amount, coalesce(e.currency, p.currency) AS currency,
			e.payment_id
		FROM period, payment_event e
		LEFT JOIN payment p ON p.id = e.payment_id
		WHERE e.provider = :provider::text AND e.source <> 'own'
		AND e.occurred_at >= period.since AND e.occurred_at < period.until
		AND (e.kind IN ('captured', 'refunded', 'disputed', 'received', 'returned')
			OR e.kind IN (SELECT kind FROM row_))
		AND NOT EXISTS (
			SELECT FROM row_ r WHERE r.kind = e.kind AND r.reference = e.reference)
	), touched AS (
		SELECT payment_id AS id FROM event WHERE payment_id IS NOT NULL
		UNION
		SELECT payment_id FROM missing_there WHERE payment_id IS NOT NULL
	), told AS (
		SELECT x.payment_id, x.kind AS what, sum(x.amount)::bigint AS amount
		FROM payment_effect x
		WHERE x.payment_id IN (SELECT id FROM touched)
		AND x.kind IN ('authorized', 'captured', 'refunded', 'disputed')
		GROUP BY x.payment_id, x.kind
	), booked AS (
		SELECT t.payment_id, split_part(t.cause, ':', 1) AS what,
			sum(CASE WHEN t.debit = split_part(t.cause, ':', 4) THEN t.amount ELSE -t.amount END)::bigint
				AS amount
		FROM ledger_transfer t
		WHERE t.payment_id IN (SELECT id FROM touched) AND split_part(t.cause, ':', 4) = (
			SELECT min(debit) FROM ledger_rule r WHERE r.cause = split_part(t.cause, ':', 1))
		GROUP BY 1, 2
	), difference AS (
		SELECT 'missing_here' AS difference, r.reference, r.kind, r.amount AS report,
			NULL::bigint AS event, NULL::bigint AS ledger, r.currency, NULL::uuid AS payment
		FROM row_ r
		WHERE NOT EXISTS (
			SELECT FROM event e WHERE e.kind = r.kind AND e.reference = r.reference)
		UNION ALL
		SELECT 'duplicate_in_report', reference, kind, amount, NULL, NULL, currency, NULL
		FROM row_ WHERE copy > 1
		UNION ALL
		SELECT CASE WHEN e.payment_id IS NULL THEN 'payment_unknown'
				WHEN r.amount <> e.amount THEN 'amount_differs' ELSE 'currency_differs' END,
			r.reference, r.kind, r.amount, e.amount, NULL, r.currency, e.payment_id
		FROM row_ r
		JOIN event e ON e.kind = r.kind AND e.reference = r.reference
		WHERE r.copy = 1
		AND (e.payment_id IS NULL OR r.amount <> e.amount OR r.currency <> e.event_currency)
		UNION ALL
		SELECT 'missing_there', reference, kind, NULL, amount, NULL, currency, payment_id
		FROM missing_there
		UNION ALL
		SELECT 'ledger_differs', NULL, coalesce(t.what, b.what), NULL, coalesce(t.amount, 0),
			coalesce(b.amount, 0), p.currency, p.id
		FROM told t
		FULL JOIN booked b ON b.payment_id = t.payment_id AND b.what = t.what
		JOIN payment p ON p.id = coalesce(t.payment_id, b.payment_id)
		WHERE coalesce(t.what, b.what) IN ('authorized', 'captured', 'refunded', 'disputed')
		AND coalesce(t.amount, 0) <> coalesce(b.amount, 0)
	)
	SELECT :provider::text AS provider, (SELECT since FROM period) AS since,
		(SELECT until FROM period) AS until,
		jsonb_array_length(:rows::jsonb) AS rows,
		(SELECT count(*) FROM row_ r WHERE r.copy = 1 AND NOT EXISTS (
			SELECT FROM difference d WHERE d.kind = r.kind AND d.reference = r.reference)) AS matched,
		jsonb_array_length(:rows::jsonb) - (SELECT count(*) FROM row_) AS ignored,
		(SELECT count(*) FROM difference) AS different,
		(
			SELECT coalesce(json_agg(d), '[]')
			FROM (SELECT * FROM difference ORDER BY difference, kind, reference LIMIT 1000) d
		) AS differences
) answer
