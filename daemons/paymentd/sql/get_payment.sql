-- Staff see all of every payment, customers the plain part of their own.
SELECT to_json(r) AS body, version AS etag
FROM (
	SELECT id, "order", number, CASE WHEN is_staff THEN provider END AS provider, status, reason,
		next_action, amount, authorized, captured, voided, refunded, refund_pending,
		CASE WHEN is_staff THEN disputed END AS disputed, CASE WHEN is_staff THEN fees END AS fees,
		CASE WHEN is_staff THEN prepaid END AS prepaid, CASE WHEN is_staff THEN owed END AS owed,
		CASE WHEN is_staff THEN written_off END AS written_off,
		CASE WHEN is_staff THEN refundable END AS refundable,
		CASE WHEN is_staff THEN reference END AS reference,
		CASE WHEN is_staff THEN contradiction END AS contradiction, authorized_at, hold_ends_at, deadline,
		version, created_at, updated_at
	FROM payment_shown, (SELECT 'payments:read' = ANY(:scopes) AS is_staff) caller
	WHERE id = :id::uuid AND (is_staff OR owner = :subject)
) r
