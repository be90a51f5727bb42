SELECT body FROM (SELECT verification_ask(:subject) AS body) r WHERE body IS NOT NULL
