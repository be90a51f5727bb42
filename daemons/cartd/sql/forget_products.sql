-- Products that nobody asked about for long, and words that were none.
WITH due AS (
	SELECT sku FROM product_seen
	WHERE asked_at < now() - interval '30 days'
	OR (asked_at < now() - interval '10 minutes' AND status = 'unknown')
	ORDER BY sku LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), forgotten AS (
	DELETE FROM product_seen p USING due WHERE p.sku = due.sku
	RETURNING p.sku
)
SELECT count(*) FROM forgotten
