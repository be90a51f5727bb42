-- Products that nobody asked about for long, and after ten minutes words that were none.
WITH old AS (
	SELECT sku FROM product_seen
	WHERE asked_at < now() - :kept_ms::bigint * interval '1 millisecond'
	ORDER BY asked_at LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), unknown AS (
	SELECT sku FROM product_seen
	WHERE status = 'unknown' AND asked_at < now() - interval '10 minutes'
	ORDER BY asked_at LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), forgotten AS (
	DELETE FROM product_seen
	WHERE sku IN (SELECT sku FROM old UNION SELECT sku FROM unknown)
	RETURNING sku
)
SELECT (SELECT count(*) FROM forgotten) AS removed,
	(SELECT extract(epoch FROM now() - min(asked_at)) FROM product_seen) AS oldest
