WITH started AS (
	INSERT INTO session (id, user_id, expires_at)
	VALUES (:new_id::uuid, :user_id::uuid, now() + make_interval(secs => :session_seconds::int))
	RETURNING id, user_id, expires_at
),
token AS (
	INSERT INTO refresh_token (hash, session_id, expires_at)
	SELECT decode(:token_hash, 'hex'), id,
		least(expires_at, now() + make_interval(secs => :token_seconds::int))
	FROM started
),
forgiven AS (
	DELETE FROM login_failure WHERE email_hash = decode(:email_hash, 'hex')
),
rehashed AS (
	UPDATE users SET password_hash = :password_hash
	WHERE id = :user_id::uuid AND :password_hash::text IS NOT NULL
)
SELECT id AS session_id, granted_scope(user_roles(user_id), NULL) AS scope FROM started
