-- A session begins with a login and lives as long as its refresh tokens are exchanged for new ones.
CREATE TABLE session (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL, -- whatever its tokens say
	ended_at timestamptz,
	end_reason text CONSTRAINT session_end_reason CHECK (end_reason IN ('logout', 'revoked', 'reuse')),
	CONSTRAINT session_end CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX session_of_user ON session (user_id);
CREATE INDEX session_expires ON session (expires_at);

-- Each is used once. `successor` is the token that replaced it, readable only with this token
-- itself, of which we keep just the SHA-256: for a client whose answer got lost.
CREATE TABLE refresh_token (
	hash bytea PRIMARY KEY,
	session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
	parent bytea UNIQUE,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	used_at timestamptz,
	successor bytea,
	CONSTRAINT refresh_token_used CHECK ((used_at IS NULL) = (successor IS NULL))
);
CREATE INDEX refresh_token_session ON refresh_token (session_id);
CREATE INDEX refresh_token_expires ON refresh_token (expires_at);

-- Failed logins by SHA-256 of the e-mail address, whether somebody has it or not.
CREATE TABLE login_failure (
	email_hash bytea PRIMARY KEY,
	failures integer NOT NULL,
	failed_at timestamptz NOT NULL,
	blocked_until timestamptz NOT NULL
);
CREATE INDEX login_failure_failed ON login_failure (failed_at);

-- From the fifth failure on 1, 2, 4 ... 60 seconds; nobody is locked out for good.
CREATE FUNCTION login_delay(failures integer) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN failures < 5 THEN interval '0'
		ELSE make_interval(secs => least(60, 2 ^ least(failures - 5, 6))) END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON session, refresh_token, login_failure TO userd;
