-- A row per SKU and location, in that order. What can be low has an index of its own.
WITH page AS (
	SELECT s.*, row_number() OVER (ORDER BY s.sku, s.location) AS place
	FROM stock_level_view s
	WHERE tracked
	AND (:sku IS NULL OR s.sku = :sku)
	AND (:location IS NULL OR s.location = :location)
	AND (:low IS DISTINCT FROM true OR low_threshold IS NOT NULL)
	AND (:low IS NULL OR :low = coalesce(available <= low_threshold, false))
	AND (:q IS NULL OR s.sku IN (SELECT sku FROM product WHERE search @@ search_query(:q)))
	AND (:after IS NULL OR (s.sku, s.location) > (:after->>0, :after->>1))
	ORDER BY s.sku, s.location
	LIMIT :limit + 1
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT p.sku, name, location, on_hand, allocated, held, available,
				low_threshold, page.version
			FROM page JOIN product p ON p.sku = page.sku
			WHERE place <= :limit
			ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(sku, location))
		FROM page
		WHERE place = :limit AND EXISTS (SELECT FROM page WHERE place > :limit)
	) AS next
) answer
