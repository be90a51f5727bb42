-- Links that are sent by mail: to prove that an address is one's own, and to set a new password. Who asks
-- makes a request and an event; notifyd asks for the link when it writes the mail. A request may have
-- several links, because a mail may be written again after a crash; all end with it.

ALTER TABLE users
	ADD COLUMN email_verified_at timestamptz(3),
	ADD COLUMN locale text; -- of mails to this user; NULL: that of the shop

CREATE TABLE account_request (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	purpose text NOT NULL CONSTRAINT account_request_purpose
		CHECK (purpose IN ('verify_email', 'reset_password')),
	email text NOT NULL, -- the address that the link goes to
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	expires_at timestamptz(3) NOT NULL,
	ended_at timestamptz(3),
	end_reason text CONSTRAINT account_request_end_reason CHECK (end_reason IN ('used', 'replaced')),
	CONSTRAINT account_request_end CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX account_request_user ON account_request (user_id, purpose, created_at);
CREATE INDEX account_request_expires ON account_request (expires_at);

CREATE TABLE account_link (
	hash bytea PRIMARY KEY, -- SHA-256 of the token
	request_id uuid NOT NULL REFERENCES account_request ON DELETE CASCADE,
	created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX account_link_request ON account_link (request_id);

-- Who asked for a new password: one row whether somebody has the address or not, so that the answer
-- and its time tell nothing. A worker does the rest. The address goes when that is done; the hash
-- stays for an hour, to count.
CREATE TABLE reset_asked (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text,
	email_hash bytea NOT NULL,
	asked_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX reset_asked_hash ON reset_asked (email_hash, asked_at);
CREATE INDEX reset_asked_due ON reset_asked (id) WHERE email IS NOT NULL;

ALTER TABLE session DROP CONSTRAINT session_end_reason, ADD CONSTRAINT session_end_reason
	CHECK (end_reason IN ('logout', 'revoked', 'reuse', 'password_reset'));

-- A new request; earlier ones of the same purpose end. Their links do nothing any more.
CREATE FUNCTION account_ask(of_user uuid, for_purpose text, life interval) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	u users;
	made uuid;
BEGIN
	SELECT * INTO u FROM users WHERE id = of_user FOR UPDATE;
	UPDATE account_request SET ended_at = now(), end_reason = 'replaced'
	WHERE user_id = u.id AND purpose = for_purpose AND ended_at IS NULL;
	INSERT INTO account_request (user_id, purpose, email, expires_at)
	VALUES (u.id, for_purpose, u.email, now() + life) RETURNING id INTO made;
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT CASE for_purpose WHEN 'verify_email' THEN 'users.user.verification_requested'
			ELSE 'users.user.reset_requested' END, u.id, u.version, to_json(e)
	FROM (SELECT u.id, made AS request, u.version) e;
	RETURN made;
END
$$;

-- Asked again by the user: at most five times an hour.
CREATE FUNCTION verification_ask(subject text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	u users;
	made uuid;
BEGIN
	SELECT * INTO u FROM users WHERE id = as_uuid(subject) FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	IF u.email_verified_at IS NOT NULL THEN
		RAISE EXCEPTION 'this address is verified'
			USING ERRCODE = 'EC409', CONSTRAINT = 'email_already_verified';
	END IF;
	IF (SELECT count(*) FROM account_request WHERE user_id = u.id AND purpose = 'verify_email'
			AND created_at > now() - interval '1 hour') >= 5 THEN
		RAISE EXCEPTION 'five mails were sent within the last hour'
			USING ERRCODE = 'EC429', CONSTRAINT = 'verification_asked_too_often',
			HINT = 'Look into the folder for junk mail, or try again later.';
	END IF;
	made := account_ask(u.id, 'verify_email', interval '24 hours');
	RETURN (SELECT to_json(r) FROM (
		SELECT u.email, a.expires_at FROM account_request a WHERE a.id = made) r);
END
$$;

-- The request that a token opens, locked after its user, as by who asks for another; an error when there
-- is none. To whom it fails it does not tell why: used, replaced, expired and never made look the same.
CREATE FUNCTION account_link_open(token text, for_purpose text) RETURNS account_request
LANGUAGE plpgsql AS $$
DECLARE
	r account_request;
BEGIN
	SELECT a.* INTO r FROM account_link l JOIN account_request a ON a.id = l.request_id
	WHERE l.hash = sha256(convert_to(token, 'UTF8')) AND a.purpose = for_purpose;
	PERFORM FROM users WHERE id = r.user_id FOR UPDATE;
	SELECT * INTO r FROM account_request WHERE id = r.id FOR UPDATE;
	IF NOT FOUND OR r.ended_at IS NOT NULL OR r.expires_at <= now() THEN
		RAISE EXCEPTION 'this link does not work any more'
			USING ERRCODE = 'EC422', CONSTRAINT = 'account_link_invalid',
			HINT = 'Ask for a new one; only the newest works, once.';
	END IF;
	RETURN r;
END
$$;

CREATE FUNCTION verification_confirm(token text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	r account_request := account_link_open(token, 'verify_email');
	u users;
BEGIN
	UPDATE account_request SET ended_at = now(), end_reason = 'used' WHERE id = r.id;
	UPDATE users SET email_verified_at = now(), version = version + 1, updated_at = now()
	WHERE id = r.user_id AND email = r.email RETURNING * INTO u;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the account has another address now'
			USING ERRCODE = 'EC422', CONSTRAINT = 'account_link_invalid';
	END IF;
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.user.updated', u.id, u.version, to_json(e) FROM (SELECT u.id, u.version) e;
	RETURN (SELECT to_json(a) FROM (SELECT u.email_verified_at AS verified_at) a);
END
$$;

-- Of those who asked: requests for who has an account. Three an hour for one address, asked or not.
CREATE FUNCTION resets_answer(batch integer) RETURNS TABLE (id bigint)
LANGUAGE plpgsql AS $$
DECLARE
	asked record;
BEGIN
	FOR asked IN SELECT r.id, r.email, r.email_hash, r.asked_at, u.id AS user_id FROM reset_asked r
		LEFT JOIN users u ON u.email = r.email
		WHERE r.email IS NOT NULL ORDER BY u.id, r.id LIMIT batch FOR UPDATE OF r SKIP LOCKED
	LOOP
		-- Again: of many questions at once each saw only those before it.
		PERFORM FROM users WHERE users.id = asked.user_id FOR UPDATE;
		IF FOUND AND (SELECT count(*) FROM account_request q WHERE q.user_id = asked.user_id
				AND q.purpose = 'reset_password'
				AND q.created_at > now() - interval '1 hour') < 3 THEN
			PERFORM account_ask(asked.user_id, 'reset_password', interval '1 hour');
		END IF;
		UPDATE reset_asked r SET email = NULL WHERE r.id = asked.id;
		id := asked.id;
		RETURN NEXT;
	END LOOP;
END
$$;

-- Sets the password, ends all sessions, and the address is verified: the mail arrived there.
CREATE FUNCTION password_reset(token text, new_hash text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	r account_request := account_link_open(token, 'reset_password');
	u users;
BEGIN
	UPDATE account_request SET ended_at = now(), end_reason = 'used' WHERE id = r.id;
	UPDATE users SET password_hash = new_hash, version = version + 1, updated_at = now(),
		email_verified_at = CASE WHEN email = r.email THEN coalesce(email_verified_at, now())
			ELSE email_verified_at END
	WHERE id = r.user_id RETURNING * INTO u;
	WITH ended AS (
		UPDATE session SET ended_at = now(), end_reason = 'password_reset'
		WHERE user_id = u.id AND ended_at IS NULL
		RETURNING id, user_id, end_reason AS reason
	)
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.session.ended', id, 1, to_json(e) FROM ended e;
	DELETE FROM login_failure WHERE email_hash = sha256(convert_to(u.email, 'UTF8'));
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'users.user.updated', u.id, u.version, to_json(e) FROM (SELECT u.id, u.version) e;
	RETURN u.id;
END
$$;

-- {id, user, purpose} of requests to links, with a new token each; those that have ended are left out.
CREATE FUNCTION account_links(asked jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	links json;
BEGIN
	WITH live AS MATERIALIZED ( -- once: what is stored is what is sent
		SELECT a.id, a.purpose, a.expires_at, replace(gen_random_uuid()::text
			|| gen_random_uuid()::text, '-', '') AS token
		FROM account_request a
		WHERE a.id = ANY (ARRAY(SELECT as_uuid(e->>'id') FROM jsonb_array_elements(asked) e))
			AND a.ended_at IS NULL AND a.expires_at > now()
			AND EXISTS (SELECT FROM jsonb_array_elements(asked) e
				WHERE as_uuid(e->>'id') = a.id AND as_uuid(e->>'user') = a.user_id
					AND e->>'purpose' = a.purpose)
	), stored AS (
		INSERT INTO account_link (hash, request_id)
		SELECT sha256(convert_to(token, 'UTF8')), id FROM live
	)
	SELECT coalesce(json_agg(l), '[]') INTO links FROM (
		SELECT id, CASE purpose WHEN 'verify_email' THEN '/verify-email#token='
				ELSE '/reset-password#token=' END || token AS path, expires_at
		FROM live) l;
	RETURN links;
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON account_request, account_link, reset_asked
		TO %I', current_database());
END
$$;
