WITH owner AS (
	SELECT id FROM users WHERE id = as_uuid(:subject)
),
key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/me/addresses/' || :new_id
	FROM owner
	RETURNING location
),
created AS (
	INSERT INTO address (id, user_id, name, company, line1, line2, postal_code, city, region,
		country, phone)
	SELECT :new_id::uuid, owner.id, :name, :company, :line1, :line2, :postal_code, :city, :region,
		:country, :phone
	FROM key, owner
	RETURNING *
),
event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.address.created', id, version, to_json(e)
	FROM (SELECT id, user_id, version FROM created) e
)
SELECT to_json(r) AS body, (SELECT location FROM key) AS location, r.version AS etag
FROM (
	SELECT id, name, company, line1, line2, postal_code, city, region, country, phone,
		version, created_at, updated_at
	FROM created
) r
