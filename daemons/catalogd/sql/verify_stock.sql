-- Compares every level with the movements, the open allocations and the holds.
WITH difference AS MATERIALIZED (SELECT * FROM stock_differences())
SELECT to_json(answer) AS body
FROM (
	SELECT (SELECT count(*) FROM stock_level) AS levels,
		(SELECT count(*) FROM difference) AS differences,
		(SELECT coalesce(json_agg(r), '[]')
		FROM (SELECT * FROM difference ORDER BY sku, location, field LIMIT 1000) r) AS data
) answer
