-- The first table.
CREATE TABLE cart (
	id uuid PRIMARY KEY
);

GRANT SELECT, INSERT, UPDATE ON cart TO cartd;
