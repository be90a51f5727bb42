-- People, their roles, and what the roles allow. The word "user" is SQL's own, hence the plural.

-- NULL for what is no UUID, such as the subject of a client: it then matches no row.
CREATE FUNCTION as_uuid(value text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
		THEN value::uuid END
$$;

CREATE TABLE role (
	name text PRIMARY KEY
);

-- The one place that says what a role may do.
CREATE TABLE role_scope (
	role text NOT NULL REFERENCES role,
	scope text NOT NULL CONSTRAINT role_scope_form CHECK (scope ~ '^[a-z]+:[a-z]+$'),
	PRIMARY KEY (role, scope)
);

INSERT INTO role (name)
VALUES ('customer'), ('guest'), ('merchant'), ('support'), ('operator'), ('admin'), ('service');

INSERT INTO role_scope (role, scope) VALUES
	('merchant', 'catalog:read'),
	('merchant', 'catalog:write'),
	('support', 'catalog:read'),
	('support', 'users:read'),
	('operator', 'catalog:read'),
	('operator', 'services:read'),
	('operator', 'services:write'),
	('admin', 'catalog:read'),
	('admin', 'catalog:write'),
	('admin', 'users:read'),
	('admin', 'users:admin'),
	('admin', 'services:read'),
	('admin', 'services:write'),
	('service', 'catalog:read');

-- The scopes of the roles as a token has them. With `asked` only those of them that were asked for.
CREATE FUNCTION granted_scope(roles text[], asked text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT coalesce(string_agg(DISTINCT scope, ' ' ORDER BY scope), '') FROM role_scope
	WHERE role = ANY (roles) AND (asked IS NULL OR scope = ANY (string_to_array(asked, ' ')))
$$;

CREATE TABLE users (
	id uuid PRIMARY KEY,
	email text NOT NULL CONSTRAINT user_email_taken UNIQUE,
	name text NOT NULL,
	password_hash text NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT user_email_lower_case CHECK (email = lower(email COLLATE "C"))
);

CREATE TABLE user_role (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	role text NOT NULL CONSTRAINT user_role_unknown REFERENCES role,
	PRIMARY KEY (user_id, role)
);

CREATE FUNCTION user_roles(user_id uuid) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT array(SELECT r.role FROM user_role r WHERE r.user_id = $1 ORDER BY r.role)
$$;

GRANT SELECT ON role, role_scope TO userd;
GRANT SELECT, INSERT, UPDATE ON users TO userd;
GRANT SELECT, INSERT, DELETE ON user_role TO userd;
