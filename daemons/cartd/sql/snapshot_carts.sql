-- As orderd compares them; an entry per id that was asked for.
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data
	FROM (
		SELECT asked.id AS cart, c.owner, coalesce(c.status, 'unknown') AS status,
			coalesce(c.version, 0) AS version, c.currency,
			coalesce(c.coupons, '{}') AS coupons, (
				SELECT coalesce(json_agg(l ORDER BY l.sku), '[]')
				FROM (
					SELECT sku, quantity,
						ROW(price_amount, c.currency)::money_amount AS price
					FROM cart_line WHERE cart_id = c.id
				) l
			) AS lines
		FROM (SELECT DISTINCT as_uuid(jsonb_array_elements_text(:carts)) AS id) asked
		LEFT JOIN cart c ON c.id = asked.id
	) r
) answer
