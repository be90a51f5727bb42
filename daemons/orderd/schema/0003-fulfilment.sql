-- What leaves the house, and what was called off. Rows with a step are in work; `seq` is the order
-- in which those of one order are done, so that the last one knows that it is the last.

CREATE SEQUENCE fulfilment_seq;

CREATE TABLE shipment (
	id uuid PRIMARY KEY,
	order_id uuid NOT NULL REFERENCES orders,
	seq bigint NOT NULL DEFAULT nextval('fulfilment_seq'),
	carrier text,
	tracking text,
	status text NOT NULL DEFAULT 'pending' CONSTRAINT shipment_status_unknown
		CHECK (status IN ('pending', 'shipped', 'refused')),
	reason text,
	shipping_amount bigint NOT NULL, -- the part of the shipping cost that it captures
	amount bigint NOT NULL CONSTRAINT shipment_amount CHECK (amount >= 0), -- all that it captures
	capture text, -- what paymentd answered
	due_at timestamptz, -- NULL: nothing is left to do
	attempt integer NOT NULL DEFAULT 0,
	last_error text,
	actor text NOT NULL,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	shipped_at timestamptz(3),
	CONSTRAINT shipment_due_status CHECK ((due_at IS NOT NULL) = (status = 'pending'))
);
CREATE INDEX shipment_order ON shipment (order_id, seq);
CREATE INDEX shipment_due ON shipment (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE shipment_line (
	shipment_id uuid NOT NULL REFERENCES shipment,
	line integer NOT NULL,
	quantity bigint NOT NULL CONSTRAINT shipment_line_quantity CHECK (quantity > 0),
	amount bigint NOT NULL,
	CONSTRAINT shipment_line_pkey PRIMARY KEY (shipment_id, line)
);

CREATE TABLE cancellation (
	id uuid PRIMARY KEY,
	order_id uuid NOT NULL REFERENCES orders,
	seq bigint NOT NULL DEFAULT nextval('fulfilment_seq'),
	reason text NOT NULL,
	restock boolean NOT NULL,
	status text NOT NULL DEFAULT 'pending' CONSTRAINT cancellation_status_unknown
		CHECK (status IN ('pending', 'done')),
	due_at timestamptz,
	attempt integer NOT NULL DEFAULT 0,
	last_error text,
	actor text NOT NULL,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT cancellation_due_status CHECK ((due_at IS NOT NULL) = (status = 'pending'))
);
CREATE INDEX cancellation_order ON cancellation (order_id, seq);
CREATE INDEX cancellation_due ON cancellation (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE cancellation_line (
	cancellation_id uuid NOT NULL REFERENCES cancellation,
	line integer NOT NULL,
	quantity bigint NOT NULL CONSTRAINT cancellation_line_quantity CHECK (quantity > 0),
	CONSTRAINT cancellation_line_pkey PRIMARY KEY (cancellation_id, line)
);

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON shipment, cancellation TO %I',
		current_database());
	EXECUTE format('GRANT SELECT, INSERT ON shipment_line, cancellation_line TO %I',
		current_database());
	EXECUTE format('GRANT USAGE ON SEQUENCE fulfilment_seq TO %I', current_database());
END
$$;
