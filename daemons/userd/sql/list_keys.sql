SELECT to_json(r) AS body
FROM (
	SELECT coalesce(json_agg(jwk ORDER BY created_at DESC, kid), '[]') AS keys
	FROM signing_key WHERE retired_at IS NULL
) r
