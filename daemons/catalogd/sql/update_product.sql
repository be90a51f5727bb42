-- What changes nothing is no change: the version stays and nothing is told.
WITH target AS (
	SELECT * FROM product WHERE sku = :sku AND version = :if_match FOR NO KEY UPDATE
), stocked AS MATERIALIZED (
	SELECT sku, stock_available(sku) AS before,
		CASE WHEN :body ? 'stock' THEN stock_put(sku, :stock, :subject)
			ELSE stock_available(sku) END AS available
	FROM target
), wanted AS (
	SELECT t.sku, coalesce(:name, name) AS name, coalesce(:description, description) AS description,
		coalesce(:status, status) AS status,
		CASE WHEN :body ? 'category' THEN :category ELSE category END AS category,
		coalesce((:price->>'amount')::bigint, price_amount) AS price_amount,
		coalesce(:price->>'currency', price_currency) AS price_currency,
		CASE WHEN :body ? 'attributes' THEN jsonb_strip_nulls(attributes || :attributes)
			ELSE attributes END AS attributes,
		before IS DISTINCT FROM available AS is_restocked
	FROM target t JOIN stocked s ON s.sku = t.sku
), updated AS (
	UPDATE product p SET name = w.name, description = w.description, status = w.status,
		category = w.category, price_amount = w.price_amount,
		price_currency = w.price_currency, attributes = w.attributes,
		version = p.version + 1, updated_at = now()
	FROM wanted w
	WHERE p.sku = w.sku
	AND (w.is_restocked OR (p.name, p.description, p.status, p.category, p.price_amount,
			p.price_currency, p.attributes)
		IS DISTINCT FROM (w.name, w.description, w.status, w.category, w.price_amount,
			w.price_currency, w.attributes))
	RETURNING p.*
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.product.updated', sku, version, to_json(e)
	FROM (SELECT sku, version FROM updated) e
), result AS (
	SELECT * FROM updated
	UNION ALL
	SELECT * FROM target WHERE NOT EXISTS (SELECT FROM updated)
)
SELECT NULL::integer AS status, to_json(r) AS body, r.version AS etag
FROM (
	SELECT u.sku, name, description, status, category,
		ROW(price_amount, price_currency)::money_amount AS price, s.available AS stock,
		attributes, u.version, created_at, updated_at
	FROM result u JOIN stocked s ON s.sku = u.sku
) r
UNION ALL
SELECT 412, NULL, NULL FROM product WHERE sku = :sku AND NOT EXISTS (SELECT FROM target)
