-- A row when the newest key is too old, or when there is none.
SELECT 1 WHERE NOT EXISTS (
	SELECT FROM signing_key
	WHERE retired_at IS NULL AND created_at > now() - make_interval(secs => :life_seconds::int)
)
