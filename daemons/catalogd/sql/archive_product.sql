WITH archived AS (
	UPDATE product SET status = 'archived', version = version + 1, updated_at = now()
	WHERE sku = :sku AND version = :if_match
	RETURNING *
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.product.archived', sku, version, to_json(e)
	FROM (SELECT sku, version FROM archived) e
)
SELECT NULL::integer AS status, to_json(r) AS body, r.version AS etag
FROM (
	SELECT a.sku, name, description, status, category,
		ROW(price_amount, price_currency)::money_amount AS price, s.quantity AS stock,
		attributes, a.version, created_at, updated_at
	FROM archived a JOIN stock s ON s.sku = a.sku
) r
UNION ALL
SELECT 412, NULL, NULL FROM product WHERE sku = :sku AND NOT EXISTS (SELECT FROM archived)
