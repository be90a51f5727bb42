SELECT to_json(r) AS body FROM (SELECT refund_request(:refunds) AS data) r
