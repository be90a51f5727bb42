WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/webhooks/' || :new_id)
	RETURNING location
)
SELECT webhook_create(:new_id::uuid, :url, :events::jsonb, :description, :secret, :subject) AS body, location
FROM key
