-- The first table.
CREATE TABLE payment (
	id uuid PRIMARY KEY
);

GRANT SELECT, INSERT, UPDATE ON payment TO paymentd;
