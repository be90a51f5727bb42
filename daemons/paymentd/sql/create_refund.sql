WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/refunds/' || :new_id)
	RETURNING location
)
SELECT refund_show(refund_create(:new_id::uuid, :payment, :order, :amount, :all, :reason, :lines,
	:subject, :scopes)) AS body, location
FROM key
