WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/payments/' || :id
	RETURNING location
), done AS MATERIALIZED (
	SELECT payment_write_off(:id::uuid, :if_match, :amount, :reason, :subject) AS id FROM key
)
SELECT payment_show(done.id) AS body, (SELECT location FROM key) AS location
FROM done WHERE done.id IS NOT NULL
