SELECT to_json(r) AS body FROM (SELECT payment_cancel(:payments) AS data) r
