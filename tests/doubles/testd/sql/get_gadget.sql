SELECT
	CASE WHEN refused THEN to_json(p) ELSE to_json(r) END AS body,
	CASE WHEN refused THEN 409 WHEN g.state = 'pending' AND :route LIKE 'POST %' THEN 202 END AS status
FROM gadget g,
	LATERAL (SELECT g.state = 'refused' AND :prefer_wait IS NOT NULL AS refused) f,
	LATERAL (SELECT g.id, g.state, :prefer_wait AS prefer) r,
	LATERAL (SELECT 'gadget_refused' AS code, 'It did not work out.' AS detail, g.id AS gadget) p
WHERE g.id = :id::uuid;
