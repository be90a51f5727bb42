-- Sessions stay for 30 days after their end, for questions.
WITH sessions AS (
	DELETE FROM session
	WHERE expires_at < now() - interval '30 days' OR ended_at < now() - interval '30 days'
),
tokens AS (
	DELETE FROM refresh_token WHERE expires_at < now()
),
requests AS (
	DELETE FROM account_request WHERE expires_at < now() - interval '30 days'
),
resets AS (
	DELETE FROM reset_asked WHERE email IS NULL AND asked_at < now() - interval '1 hour'
)
DELETE FROM login_failure WHERE failed_at < now() - interval '1 day'
