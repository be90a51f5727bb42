-- The commands that the roles and the database of a service need, in their order. Repeatable: what
-- is there already is left out.
SELECT command
FROM (VALUES
	(1, NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :owner::text),
		format('CREATE ROLE %I LOGIN', :owner::text)),
	(2, NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :service::text),
		format('CREATE ROLE %I LOGIN', :service::text)),
	(3, NOT EXISTS (SELECT FROM pg_roles
			WHERE rolname = :service::text AND rolconnlimit = :connections::integer),
		format('ALTER ROLE %I CONNECTION LIMIT %s', :service::text, :connections::integer)),
	(4, NOT EXISTS (SELECT FROM pg_database WHERE datname = :service::text),
		format('CREATE DATABASE %I OWNER %I TEMPLATE template0', :service::text, :owner::text)),
	(5, true, format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :service::text)),
	(6, true, format('GRANT CONNECT ON DATABASE %I TO %I', :service::text, :service::text))
) AS step (position, needed, command)
WHERE needed
ORDER BY position;
