-- Nothing that an old key signed is valid any more once its successor has signed for longer than
-- any token lives.
UPDATE signing_key k SET retired_at = now()
WHERE retired_at IS NULL AND EXISTS (
	SELECT FROM signing_key n
	WHERE n.retired_at IS NULL AND n.signs_from > k.signs_from
		AND n.signs_from < now() - make_interval(secs => :token_seconds::int)
)
