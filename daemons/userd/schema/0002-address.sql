-- Where people want things sent.
CREATE TABLE address (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	name text NOT NULL,
	company text,
	line1 text NOT NULL,
	line2 text,
	postal_code text,
	city text NOT NULL,
	region text,
	country text NOT NULL CONSTRAINT address_country CHECK (country ~ '^[A-Z]{2}$'),
	phone text,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX address_user ON address (user_id, id);

-- A list of addresses is one page. The user's row is locked, so that two at once cannot both be
-- the last one.
CREATE FUNCTION address_check_limit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM users WHERE id = NEW.user_id FOR UPDATE;
	IF (SELECT count(*) FROM address WHERE user_id = NEW.user_id) >= 50 THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'address_limit_reached',
			MESSAGE = 'A user has at most 50 addresses.',
			HINT = 'Delete one that is not needed any more.';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER address_limit BEFORE INSERT ON address
	FOR EACH ROW EXECUTE FUNCTION address_check_limit();

GRANT SELECT, INSERT, UPDATE, DELETE ON address TO userd;
