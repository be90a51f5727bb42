WITH updated AS (
	UPDATE product SET
		name = coalesce(:name, name),
		description = coalesce(:description, description),
		status = coalesce(:status, status),
		category = CASE WHEN :body ? 'category' THEN :category ELSE category END,
		price_amount = coalesce((:price->>'amount')::bigint, price_amount),
		price_currency = coalesce(:price->>'currency', price_currency),
		attributes = CASE WHEN :body ? 'attributes'
			THEN jsonb_strip_nulls(attributes || :attributes) ELSE attributes END,
		version = version + 1,
		updated_at = now()
	WHERE sku = :sku AND version = :if_match
	RETURNING *
), stocked AS (
	UPDATE stock SET quantity = :stock, version = stock.version + 1
	FROM updated
	WHERE stock.sku = updated.sku AND :body ? 'stock'
	RETURNING stock.sku
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.product.updated', sku, version, to_json(e)
	FROM (SELECT sku, version FROM updated) e
)
SELECT NULL::integer AS status, to_json(r) AS body, r.version AS etag
FROM (
	SELECT u.sku, name, description, status, category,
		ROW(price_amount, price_currency)::money_amount AS price,
		CASE WHEN :body ? 'stock' THEN :stock ELSE s.quantity END AS stock,
		attributes, u.version, created_at, updated_at
	FROM updated u JOIN stock s ON s.sku = u.sku
) r
UNION ALL
SELECT 412, NULL, NULL FROM product WHERE sku = :sku AND NOT EXISTS (SELECT FROM updated)
