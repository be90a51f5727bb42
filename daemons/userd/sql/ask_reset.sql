-- The same for every address; a worker looks whose it is. Above three an hour nothing more is noted.
WITH asked AS (
	INSERT INTO reset_asked (email, email_hash)
	SELECT :email, sha256(convert_to(:email, 'UTF8'))
	WHERE (SELECT count(*) FROM reset_asked r
		WHERE r.email_hash = sha256(convert_to(:email, 'UTF8'))
			AND r.asked_at > now() - interval '1 hour') < 3
)
SELECT '{}'::json AS body
