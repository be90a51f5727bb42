-- The caller is anonymous; :subject is made from the e-mail address.
WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/users/' || :new_id)
	RETURNING location
),
created AS (
	INSERT INTO users (id, email, name, locale, password_hash)
	SELECT :new_id::uuid, :email, :name, :locale, :password_hash FROM key
	RETURNING *
),
roles AS (
	INSERT INTO user_role (user_id, role) SELECT id, 'customer' FROM created
	RETURNING role
),
event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.user.created', id, version, to_json(e) FROM (SELECT id, version FROM created) e
),
-- A mail is asked for with a link that proves the address.
verification AS (
	INSERT INTO account_request (user_id, purpose, email, expires_at)
	SELECT id, 'verify_email', email, now() + interval '24 hours' FROM created
	RETURNING id AS request, user_id
),
asked AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.user.verification_requested', id, version, to_json(e)
	FROM (SELECT id, request, version FROM created JOIN verification ON user_id = id) e
)
SELECT to_json(r) AS body, (SELECT location FROM key) AS location, r.version AS etag
FROM (
	SELECT id, email, email_verified_at, name, locale, (SELECT array_agg(role) FROM roles) AS roles,
		version, created_at, updated_at
	FROM created
) r
