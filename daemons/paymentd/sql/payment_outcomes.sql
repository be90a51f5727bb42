SELECT to_json(answer) AS body
FROM (
	SELECT coalesce(json_agg(o), '[]') AS data
	FROM payment_outcome o
	WHERE payment = ANY(ARRAY(SELECT jsonb_array_elements_text(:payments))::uuid[])
) answer
