-- Prices of the catalogue that were asked for: they are asked for again after a minute. Anybody may ask for
-- whatever, also for what there is not.
WITH due AS (
	SELECT sku FROM return_quote
	WHERE asked_at < now() - :kept_ms::bigint * interval '1 millisecond'
	ORDER BY sku LIMIT :batch::integer FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM return_quote q USING due WHERE q.sku = due.sku
	RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed,
	(SELECT extract(epoch FROM now() - min(asked_at)) FROM return_quote) AS oldest
