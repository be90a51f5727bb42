SELECT verification_confirm(:token) AS body
