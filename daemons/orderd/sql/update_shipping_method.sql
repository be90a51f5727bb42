WITH target AS (
	SELECT code, version FROM shipping_method WHERE code = :code FOR UPDATE
), updated AS (
	UPDATE shipping_method m SET name = coalesce(:name, m.name),
		price_amount = coalesce((:price->>'amount')::bigint, m.price_amount),
		currency = coalesce(:price->>'currency', m.currency),
		countries = CASE WHEN :body ? 'countries'
			THEN ARRAY(SELECT DISTINCT jsonb_array_elements_text(:countries) ORDER BY 1)
			ELSE m.countries END,
		free_above = CASE WHEN :body ? 'free_above' THEN :free_above ELSE m.free_above END,
		active = coalesce(:active, m.active), version = m.version + 1, updated_at = now()
	FROM target t WHERE m.code = t.code AND t.version = :if_match
	RETURNING m
)
SELECT shipping_method_body(m) AS body, (m).version AS etag, NULL::int AS status FROM updated
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match
