-- Products changed: what is known of them from before is out of date. Only those that were seen have
-- a row. An import names many.
WITH changed AS (
	SELECT :aggregate::text AS sku, :version::bigint AS version
	WHERE :subject::text <> 'catalog.product.imported'
	UNION ALL
	SELECT sku, version
	FROM jsonb_to_recordset(:event::jsonb->'products') AS p(sku text, version bigint)
), locked AS (
	SELECT p.sku, changed.version
	FROM product_seen p JOIN changed ON changed.sku = p.sku
	ORDER BY p.sku FOR UPDATE OF p
)
UPDATE product_seen p SET stale_below = greatest(p.stale_below, locked.version)
FROM locked
WHERE p.sku = locked.sku
