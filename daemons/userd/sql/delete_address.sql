WITH deleted AS (
	DELETE FROM address WHERE id = as_uuid(:id) AND user_id = as_uuid(:subject)
	RETURNING id, user_id, version + 1 AS version
),
event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.address.deleted', id, version, to_json(e) FROM deleted e
)
SELECT NULL AS body FROM deleted
