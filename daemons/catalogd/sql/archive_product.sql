-- One that is archived already stays as it is.
WITH target AS (
	SELECT * FROM product WHERE sku = :sku AND version = :if_match FOR NO KEY UPDATE
), archived AS (
	UPDATE product p SET status = 'archived', version = p.version + 1, updated_at = now()
	FROM target t
	WHERE p.sku = t.sku AND p.status <> 'archived'
	RETURNING p.*
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.product.archived', sku, version, to_json(e)
	FROM (SELECT sku, version FROM archived) e
), result AS (
	SELECT * FROM archived
	UNION ALL
	SELECT * FROM target WHERE NOT EXISTS (SELECT FROM archived)
)
SELECT NULL::integer AS status, to_json(r) AS body, r.version AS etag
FROM (
	SELECT sku, name, description, status, category,
		ROW(price_amount, price_currency)::money_amount AS price, stock_available(sku) AS stock,
		attributes, version, created_at, updated_at
	FROM result
) r
UNION ALL
SELECT 412, NULL, NULL FROM product WHERE sku = :sku AND NOT EXISTS (SELECT FROM target)
