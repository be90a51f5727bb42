SELECT to_json(r) AS body, :ms AS delay_ms FROM (SELECT :ms AS ms) r;
