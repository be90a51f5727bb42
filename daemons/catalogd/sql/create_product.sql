WITH key AS (
	INSERT INTO idempotency (subject, route, key, request_hash, location)
	VALUES (:subject, :route, :idempotency_key, :request_hash, '/v1/products/' || :sku)
	RETURNING location
), created AS (
	INSERT INTO product (sku, name, description, status, category, price_amount, price_currency,
		attributes)
	SELECT :sku, :name, :description, :status, :category, (:price->>'amount')::bigint,
		:price->>'currency', jsonb_strip_nulls(:attributes)
	FROM key
	RETURNING *
), stocked AS (
	SELECT stock_put(sku, :stock, :subject) AS available FROM created
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.product.created', sku, version, to_json(e)
	FROM (SELECT sku, version FROM created) e
)
SELECT to_json(r) AS body, (SELECT location FROM key) AS location, r.version AS etag
FROM (
	SELECT sku, name, description, status, category,
		ROW(price_amount, price_currency)::money_amount AS price, available AS stock,
		attributes, version, created_at, updated_at
	FROM created, stocked
) r
