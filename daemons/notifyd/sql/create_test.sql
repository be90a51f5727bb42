WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/notifications/' || :new_id)
	RETURNING location
), made AS (
	INSERT INTO notification (id, key, template, category, channel, locale, recipient, data, subject,
		text, html, status)
	SELECT :new_id::uuid, 'test:' || :new_id, 'test', 'staff', :channel, :locale, :recipient,
		:data::jsonb, :title, :text, :html, 'queued'
	FROM key
	RETURNING id, template, channel, recipient, subject, status
)
SELECT to_json(made) AS body, location FROM made, key
