WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/stock/' || :sku)
	RETURNING location
), done AS MATERIALIZED (
	SELECT location, stock_transfer(:sku, :from, :to, :quantity, :reason, :new_id, :version,
		:subject) AS body
	FROM key
)
SELECT body, location FROM done WHERE body IS NOT NULL
