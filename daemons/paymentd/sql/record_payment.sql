WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	SELECT :subject, :route, :idempotency_key, :request_hash, '/v1/payments/' || coalesce(:payment,
		payment_meant(NULL, :order)::text, '')
	RETURNING location
), done AS MATERIALIZED (
	SELECT manual_record(:payment, :order, :amount, :reference, :paid_at::timestamptz, :partial,
		:returned, :subject) AS id
	FROM key
)
SELECT payment_show(done.id) AS body, (SELECT location FROM key) AS location
FROM done
