-- Uses up a refresh token and puts its successor in its place. No row: it cannot be used. Of two at
-- once the second waits for the first one's row lock and then finds it used.
WITH used AS (
	UPDATE refresh_token t SET used_at = now(), successor = decode(:sealed_successor, 'hex')
	FROM session s
	WHERE t.hash = decode(:token_hash, 'hex') AND t.used_at IS NULL AND t.expires_at > now()
		AND s.id = t.session_id AND s.ended_at IS NULL AND s.expires_at > now()
	RETURNING t.hash, t.session_id, s.user_id, s.expires_at
),
next AS (
	INSERT INTO refresh_token (hash, parent, session_id, expires_at)
	SELECT decode(:successor_hash, 'hex'), hash, session_id,
		least(expires_at, now() + make_interval(secs => :token_seconds::int))
	FROM used
)
SELECT session_id, user_id, granted_scope(user_roles(user_id), :scope) AS scope FROM used
