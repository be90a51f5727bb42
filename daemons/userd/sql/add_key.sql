-- Unless another instance was faster. The first key signs at once, a later one when all know it.
INSERT INTO signing_key (kid, pem, jwk, signs_from)
SELECT :kid, :pem, :jwk::json, CASE
	WHEN EXISTS (SELECT FROM signing_key WHERE retired_at IS NULL) THEN now() + interval '60 seconds'
	ELSE now() END
WHERE NOT EXISTS (
	SELECT FROM signing_key
	WHERE retired_at IS NULL AND created_at > now() - make_interval(secs => :life_seconds::int)
)
