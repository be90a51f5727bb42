-- In one order, so that two chunks with the same products wait for each other instead of locking
-- each other up; and in a statement of its own, so that the next ones see what was waited for.
SELECT count(*)
FROM (
	SELECT FROM product JOIN import_stage USING (sku) ORDER BY sku FOR NO KEY UPDATE OF product
) locked
