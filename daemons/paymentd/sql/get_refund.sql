-- Staff see all of every refund, customers the plain part of their own.
SELECT to_json(r) AS body, version AS etag
FROM (
	SELECT id, payment, "order", number, amount, status, reason,
		CASE WHEN is_staff THEN failure END AS failure, lines,
		"return",
		CASE WHEN is_staff THEN requested_by END AS requested_by,
		CASE WHEN is_staff THEN decided_by END AS decided_by, decided_at,
		CASE WHEN is_staff THEN note END AS note, version, created_at, updated_at
	FROM refund_shown, (SELECT 'payments:read' = ANY(:scopes) AS is_staff) caller
	WHERE id = :id::uuid AND (is_staff OR owner = :subject)
) r
