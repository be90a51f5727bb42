WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/shipping-methods/' || :code)
	RETURNING location
), created AS (
	INSERT INTO shipping_method (code, name, price_amount, currency, countries, free_above, active)
	SELECT :code, :name, (:price->>'amount')::bigint, :price->>'currency',
		ARRAY(SELECT DISTINCT jsonb_array_elements_text(:countries) ORDER BY 1), :free_above, :active
	FROM key
	RETURNING shipping_method
)
SELECT shipping_method_body(shipping_method) AS body, location, (shipping_method).version AS etag
FROM key, created
