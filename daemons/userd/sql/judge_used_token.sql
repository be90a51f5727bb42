-- A used token is shown again. Within 10 seconds, while its successor is unused, an answer got lost:
-- the same successor is given. Else somebody has a copy, and the session ends for everyone.
WITH shown AS (
	SELECT t.session_id, t.successor, s.user_id,
		t.used_at > now() - interval '10 seconds' AND next.used_at IS NULL
			AND s.ended_at IS NULL AND s.expires_at > now() AS is_lost_answer
	FROM refresh_token t
	JOIN session s ON s.id = t.session_id
	JOIN refresh_token next ON next.parent = t.hash
	WHERE t.hash = decode(:token_hash, 'hex') AND t.used_at IS NOT NULL
),
ended AS (
	UPDATE session s SET ended_at = now(), end_reason = 'reuse' FROM shown
	WHERE s.id = shown.session_id AND s.ended_at IS NULL AND NOT shown.is_lost_answer
	RETURNING s.id, s.user_id, s.end_reason AS reason
),
event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.session.ended', id, 1, to_json(e) FROM ended e
)
SELECT is_lost_answer, session_id, user_id, encode(successor, 'hex') AS sealed_successor,
	granted_scope(user_roles(user_id), :scope) AS scope, EXISTS (SELECT FROM ended) AS was_ended
FROM shown
