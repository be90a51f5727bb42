-- The refunds of payments, without who asked for them, for what is written to customers; an entry per
-- payment that there is.
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data
	FROM (
		SELECT p.id AS payment, p.order_id AS "order", p.status, p.reason, (
				SELECT coalesce(json_agg(f ORDER BY f.id), '[]')
				FROM (
					SELECT id, amount, status, reason, failure, lines, created_at, updated_at
					FROM refund_shown WHERE payment = p.id
				) f
			) AS refunds
		FROM payment p
		WHERE p.id = ANY (ARRAY(SELECT jsonb_array_elements_text(:payments)::uuid))
	) r
) answer
