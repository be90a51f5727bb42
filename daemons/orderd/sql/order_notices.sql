-- Orders as their customers see them, for what is written to these; an entry per order that there is.
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data
	FROM (
		SELECT o.id AS "order", order_body(o, false) AS body
		FROM orders o
		WHERE o.id = ANY (ARRAY(SELECT as_uuid(jsonb_array_elements_text(:orders))))
	) r
) answer
