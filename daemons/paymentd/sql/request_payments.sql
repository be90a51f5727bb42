SELECT to_json(r) AS body FROM (SELECT payment_request(:payments) AS data) r
