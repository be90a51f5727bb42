-- Gadgets become ready some time after they were made, and are made of parts that somebody supplies.
CREATE TABLE gadget (
	id uuid PRIMARY KEY,
	part text NOT NULL,
	state text NOT NULL DEFAULT 'pending',
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE part (name text PRIMARY KEY);

GRANT SELECT, INSERT, UPDATE ON gadget, part TO testd;
