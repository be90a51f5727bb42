-- Holds that end soon (a day before, or a tenth of their time and two seconds when they are short): prolonged where
-- the provider can, else announced, once, so that somebody captures. One that has ended is asked
-- about, because only the provider knows.
CREATE FUNCTION payment_keep_holds() RETURNS SETOF uuid
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	WITH ending AS MATERIALIZED (
		SELECT p.id, v.renews, p.hold_ends_at <= now() AS is_over, p.hold_flagged_at
		FROM payment p JOIN provider v ON v.name = p.provider
		WHERE p.status = 'authorized' AND p.intent = 'pay' AND p.authorized > 0
		AND p.hold_ends_at <= now() + interval '1 day'
		AND p.hold_ends_at - least(interval '1 day',
			greatest((p.hold_ends_at - p.authorized_at) / 10, interval '2 s')) <= now()
		AND NOT EXISTS (
			SELECT FROM payment_operation o
			WHERE o.payment_id = p.id AND o.state IN ('queued', 'calling', 'asked'))
		-- Asked once and answered: not again before a while.
		AND NOT EXISTS (
			SELECT FROM payment_operation o
			WHERE o.payment_id = p.id AND o.kind IN ('query', 'renew')
			AND o.created_at > now() - least(interval '1 minute',
				(p.hold_ends_at - p.authorized_at) / 4))
		ORDER BY p.id
		LIMIT 500
		FOR UPDATE OF p SKIP LOCKED
	), flagged AS (
		UPDATE payment p SET hold_flagged_at = now(), version = version + 1, updated_at = now()
		FROM ending e
		WHERE p.id = e.id AND e.hold_flagged_at IS NULL AND NOT (e.renews AND NOT e.is_over)
		RETURNING p.*
	), told AS (
		INSERT INTO outbox (subject, aggregate_id, version, body)
		SELECT 'payments.payment.hold_ending', f.id, f.version, to_json(o)
		FROM flagged f, LATERAL (
			SELECT f.id AS payment, f.order_id AS "order", f.status, f.reason, f.next_action,
				f.authorized, f.captured, f.voided, f.refunded, f.refund_pending, f.disputed,
				f.currency, f.version, f.hold_ends_at) o
	)
	INSERT INTO payment_operation (id, payment_id, kind)
	SELECT gen_random_uuid(), id, CASE WHEN is_over THEN 'query' ELSE 'renew' END
	FROM ending
	WHERE is_over OR renews
	RETURNING payment_id;
END
$$;
