SELECT to_json(r) AS body FROM (SELECT account_links(:links) AS data) r
