SELECT to_json(r) AS body FROM (SELECT capture_request(:captures) AS data) r
