-- Recomputed from the events and the transfers, not from what the payments say: an account's
-- balance per currency, and every payment of which events, amounts and transfers do not agree.
SELECT to_json(answer) AS body
FROM (
	WITH side AS (
		SELECT debit AS account, currency, amount FROM ledger_transfer
		UNION ALL
		SELECT credit, currency, -amount FROM ledger_transfer
	), balance AS (
		SELECT account, currency, sum(amount)::bigint AS balance FROM side GROUP BY account, currency
	), booked AS (
		SELECT payment_id, split_part(cause, ':', 1) AS what,
			sum(CASE WHEN debit = split_part(cause, ':', 4) THEN amount ELSE -amount END)::bigint
				AS amount, count(DISTINCT split_part(cause, ':', 4)) AS sides
		FROM (
			-- A rule's first transfer stands for all of its transfers.
			SELECT t.* FROM ledger_transfer t
			WHERE split_part(cause, ':', 4) = (
				SELECT min(debit) FROM ledger_rule r WHERE r.cause = split_part(t.cause, ':', 1))
		) t
		GROUP BY payment_id, split_part(cause, ':', 1)
	), told AS (
		SELECT payment_id, kind AS what, sum(amount)::bigint AS amount
		FROM payment_effect
		WHERE kind IN ('authorized', 'captured', 'refunded', 'disputed', 'written_off')
		GROUP BY payment_id, kind
		UNION ALL
		SELECT payment_id, 'prepaid', sum(CASE kind WHEN 'received' THEN amount ELSE -amount END)::bigint
		FROM payment_effect
		WHERE provider = 'manual' AND kind IN ('received', 'returned', 'captured')
		GROUP BY payment_id
	), stated AS (
		SELECT p.id AS payment_id, s.what, s.amount
		FROM payment p
		CROSS JOIN LATERAL (VALUES ('authorized', authorized), ('captured', captured),
			('voided', voided), ('refunded', refunded), ('disputed', disputed),
			('prepaid', prepaid), ('written_off', written_off)) s (what, amount)
	), difference AS (
		SELECT s.payment_id AS payment, s.what, s.amount AS stated,
			CASE WHEN s.what = 'voided' THEN s.amount ELSE coalesce(t.amount, 0) END AS events,
			coalesce(b.amount, 0) AS ledger
		FROM stated s
		LEFT JOIN booked b ON b.payment_id = s.payment_id AND b.what = s.what
		LEFT JOIN told t ON t.payment_id = s.payment_id AND t.what = s.what
	)
	SELECT (
		SELECT coalesce(json_agg(b ORDER BY currency, account), '[]') FROM balance b
	) AS accounts, (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT payment, what, stated, events, ledger
			FROM difference
			WHERE stated <> events OR stated <> ledger
			UNION ALL
			SELECT id, 'contradiction', 0, 0, 0 FROM payment WHERE contradiction
			ORDER BY 1, 2
			LIMIT 1000
		) r
	) AS differences, (SELECT count(*) FROM payment) AS payments,
		(SELECT count(*) FROM ledger_transfer) AS transfers,
		NOT EXISTS (SELECT FROM difference WHERE stated <> events OR stated <> ledger)
		AND NOT EXISTS (SELECT FROM payment WHERE contradiction)
		AND NOT EXISTS (SELECT FROM balance GROUP BY currency HAVING sum(balance) <> 0) AS balanced
) answer
