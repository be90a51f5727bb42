-- What the roles may do with returns, promotions, invoices, notifications and webhooks. Returns, drafts
-- and invoices are part of orders: orders:read, orders:write.
INSERT INTO role_scope (role, scope)
SELECT role, scope
FROM (VALUES
	('{merchant,admin}'::text[], '{promotions:read,promotions:write,notifications:read,
		notifications:write,webhooks:read,webhooks:write}'::text[]),
	('{support}', '{promotions:read,notifications:read,notifications:write}'),
	('{operator}', '{notifications:read,webhooks:read,webhooks:write}'),
	('{service}', '{orders:read,users:notify}')
) AS granted (roles, scopes), unnest(roles) AS role, unnest(scopes) AS scope
ON CONFLICT DO NOTHING;
