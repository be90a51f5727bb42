WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/notifications/' || :new_id
	WHERE EXISTS (SELECT FROM notification WHERE id = as_uuid(:id))
	RETURNING location
), made AS (
	SELECT notification_resend(:new_id::uuid, as_uuid(:id)) AS id, location FROM key
)
SELECT to_json(r) AS body, location
FROM (
	SELECT made.id, 'queued' AS status, coalesce(n.resend_of, n.id) AS resend_of, n.template,
		n.recipient, n.subject, location
	FROM made, notification n
	WHERE n.id = as_uuid(:id)
) r
