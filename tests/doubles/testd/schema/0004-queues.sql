-- Rows of a batch worker: each is worked on once, however often it is claimed.
CREATE TABLE item (
	id bigint PRIMARY KEY,
	state text NOT NULL DEFAULT 'new',
	attempt integer NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL DEFAULT now(),
	batch_size integer
);
-- Calls to the outside and what came of them.
CREATE TABLE call (
	id text PRIMARY KEY,
	url text NOT NULL,
	body text,
	state text NOT NULL DEFAULT 'new',
	attempt integer NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL DEFAULT now(),
	settled integer NOT NULL DEFAULT 0,
	status integer,
	answer_length integer,
	why text
);
GRANT SELECT, INSERT, UPDATE, DELETE ON item, call TO testd;
