-- Carts as they are shown, for what is written to their owners; an entry per cart that there is.
SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(r), '[]') AS data
	FROM (
		SELECT c.id AS cart, cart_body(c) AS body
		FROM cart c
		WHERE c.id = ANY (ARRAY(SELECT as_uuid(jsonb_array_elements_text(:carts))))
	) r
) answer
