SELECT to_json(r) AS body, version AS etag
FROM (
	SELECT id, name, company, line1, line2, postal_code, city, region, country, phone,
		version, created_at, updated_at
	FROM address WHERE id = as_uuid(:id) AND user_id = as_uuid(:subject)
) r
