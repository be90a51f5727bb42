WITH ended AS (
	UPDATE session s SET ended_at = now(), end_reason = 'revoked' FROM refresh_token t
	WHERE t.hash = decode(:token_hash, 'hex') AND s.id = t.session_id AND s.ended_at IS NULL
	RETURNING s.id, s.user_id, s.end_reason AS reason
)
INSERT INTO outbox (subject, aggregate_id, version, body)
SELECT 'users.session.ended', id, 1, to_json(e) FROM ended e
