-- The lease is the time until the row is due again: an operation whose process was killed is taken
-- again then, with the same id as its key. What releases the rest of an authorisation waits for the
-- captures that take their part of it, but not for those that were written off.
WITH due AS (
	SELECT id
	FROM payment_operation o
	WHERE state IN ('queued', 'calling', 'asked') AND due_at <= now()
	AND NOT ((final OR kind = 'void') AND EXISTS (
		SELECT FROM payment_operation c
		WHERE c.payment_id = o.payment_id AND c.kind = 'capture' AND NOT c.final
		AND c.state IN ('queued', 'calling', 'asked') AND NOT operation_written_off(c)))
	ORDER BY due_at
	LIMIT :batch::integer
	FOR UPDATE SKIP LOCKED
), taken AS (
	UPDATE payment_operation o
	SET state = 'calling', attempt = attempt + 1,
		due_at = now() + :lease_ms::bigint * interval '1 ms'
	FROM due
	WHERE o.id = due.id
	RETURNING o.*
)
SELECT o.id, o.attempt, o.kind, o.amount, o.final, o.reference, o.memo, o.payment_id,
	extract(epoch FROM now() - o.created_at)::bigint AS age_s, p.order_id, p.number, p.provider,
	p.currency, p.token, p.reference AS payment_reference, p.intent,
	extract(epoch FROM p.deadline - now())::bigint AS deadline_s
FROM taken o
JOIN payment p ON p.id = o.payment_id
