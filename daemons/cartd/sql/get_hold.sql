-- What should be held for a cart now, as the body of PUT /v1/holds/{cart}; lines is empty when
-- nothing is.
SELECT c.version, coalesce((
		SELECT json_agg(l)
		FROM (SELECT sku, quantity FROM cart_line WHERE cart_id = c.id ORDER BY sku) l
		WHERE c.status = 'active'
	), '[]') AS lines
FROM (SELECT as_uuid(:cart) AS id) asked LEFT JOIN cart c ON c.id = asked.id
