-- Categories of products: after a day they are asked for again. Anybody may ask for whatever, also for what
-- there is not.
WITH due AS (
	SELECT sku FROM product_category
	WHERE asked_at < now() - :kept_ms::bigint * interval '1 millisecond'
	ORDER BY sku LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM product_category c USING due WHERE c.sku = due.sku
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(asked_at)) FROM product_category) AS oldest
