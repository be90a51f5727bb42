-- What the roles may do with stock, carts, orders, payments, refunds, events and jobs.
INSERT INTO role_scope (role, scope)
SELECT role, scope
FROM (VALUES
	('{merchant,admin}'::text[], '{stock:read,stock:write,carts:read,orders:read,orders:write,
		payments:read,payments:write,refunds:write,ledger:read,shop:write,events:read,
		jobs:read}'::text[]),
	('{admin}', '{refunds:approve,jobs:write,events:write}'),
	('{support}', '{stock:read,carts:read,orders:read,orders:write,payments:read,refunds:write}'),
	('{operator}', '{events:read,events:write,jobs:read,jobs:write}'),
	('{service}', '{catalog:read,stock:allocate,carts:read,payments:request}')
) AS granted (roles, scopes), unnest(roles) AS role, unnest(scopes) AS scope
ON CONFLICT DO NOTHING;
