-- Before asking for them; the time is from before the question.
WITH marked AS (
	INSERT INTO product_category (sku, asked_at)
	SELECT sku, clock_timestamp() FROM jsonb_array_elements_text(:skus::jsonb) sku ORDER BY sku
	ON CONFLICT (sku) DO NOTHING
)
SELECT clock_timestamp() AS asked_at
