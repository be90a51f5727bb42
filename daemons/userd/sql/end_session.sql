-- A row when there is such a session, ended now or before.
WITH ended AS (
	UPDATE session SET ended_at = now(), end_reason = 'logout'
	WHERE id = as_uuid(:session_id) AND user_id = as_uuid(:subject) AND ended_at IS NULL
	RETURNING id, user_id, end_reason AS reason
),
event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.session.ended', id, 1, to_json(e) FROM ended e
)
SELECT NULL AS body FROM session WHERE id = as_uuid(:session_id) AND user_id = as_uuid(:subject)
