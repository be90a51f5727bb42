-- The first table.
CREATE TABLE orders (
	id uuid PRIMARY KEY
);

GRANT SELECT, INSERT, UPDATE ON orders TO orderd;
