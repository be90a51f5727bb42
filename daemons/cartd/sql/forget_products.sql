-- Products that nobody asked about for long, and words that were none.
WITH old AS (
	SELECT sku FROM product_seen
	WHERE asked_at < now() - interval '30 days'
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
SELECT count(*) FROM forgotten
