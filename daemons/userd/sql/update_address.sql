-- A merge patch: null removes what may be absent.
WITH target AS (
	SELECT id, version FROM address
	WHERE id = as_uuid(:id) AND user_id = as_uuid(:subject) FOR UPDATE
),
updated AS (
	UPDATE address a SET
		name = coalesce(:name, a.name),
		company = CASE WHEN :body ? 'company' THEN :company ELSE a.company END,
		line1 = coalesce(:line1, a.line1),
		line2 = CASE WHEN :body ? 'line2' THEN :line2 ELSE a.line2 END,
		postal_code = CASE WHEN :body ? 'postal_code' THEN :postal_code ELSE a.postal_code END,
		city = coalesce(:city, a.city),
		region = CASE WHEN :body ? 'region' THEN :region ELSE a.region END,
		country = coalesce(:country, a.country),
		phone = CASE WHEN :body ? 'phone' THEN :phone ELSE a.phone END,
		version = a.version + 1,
		updated_at = now()
	FROM target t WHERE a.id = t.id AND t.version = :if_match
	RETURNING a.*
),
event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.address.updated', id, version, to_json(e)
	FROM (SELECT id, user_id, version FROM updated) e
)
SELECT to_json(r) AS body, r.version AS etag, NULL::int AS status
FROM (
	SELECT id, name, company, line1, line2, postal_code, city, region, country, phone,
		version, created_at, updated_at
	FROM updated
) r
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match
