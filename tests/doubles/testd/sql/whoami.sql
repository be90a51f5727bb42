SELECT to_json(r) AS body FROM (SELECT :subject AS subject, :scopes AS scopes) r;
