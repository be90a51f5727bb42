-- Before asking for them: see product_seen. The time is from before the question.
WITH marked AS (
	INSERT INTO product_seen (sku)
	SELECT jsonb_array_elements_text(:skus::jsonb) ORDER BY 1
	ON CONFLICT DO NOTHING
)
SELECT clock_timestamp() AS asked_at
