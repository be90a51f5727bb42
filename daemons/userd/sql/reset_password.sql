SELECT to_json(r) AS body FROM (SELECT password_reset(:token, :password_hash) AS "user") r
