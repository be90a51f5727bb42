-- The ledger: every change of a payment's amounts moves money between two accounts. A transfer has
-- one amount and two sides, so the books balance by construction.

CREATE TABLE ledger_account (
	code text COLLATE "C" PRIMARY KEY,
	meaning text NOT NULL
);
INSERT INTO ledger_account VALUES
	('holds', 'what providers hold for us: authorised, neither captured nor released'),
	('receivable', 'what customers have promised and not yet paid'),
	('clearing', 'what providers owe us'),
	('sales', 'what was captured'),
	('refunds', 'what was paid back'),
	('fees', 'what providers kept'),
	('disputes', 'what customers have taken back through their bank');

-- What a rise of a payment's column moves; a fall moves it back.
CREATE TABLE ledger_rule (
	cause text NOT NULL, -- the column
	debit text COLLATE "C" NOT NULL REFERENCES ledger_account (code),
	credit text COLLATE "C" NOT NULL REFERENCES ledger_account (code),
	PRIMARY KEY (cause, debit)
);
INSERT INTO ledger_rule VALUES
	('authorized', 'holds', 'receivable'),
	('voided', 'receivable', 'holds'),
	('captured', 'clearing', 'holds'),
	('captured', 'receivable', 'sales'),
	('refunded', 'refunds', 'clearing'),
	('fees', 'fees', 'clearing'),
	('disputed', 'disputes', 'clearing');

-- cause: column, payment and its version, debited account: each change is booked once.
CREATE TABLE ledger_transfer (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	debit text COLLATE "C" NOT NULL
		CONSTRAINT transfer_debit_unknown REFERENCES ledger_account (code),
	credit text COLLATE "C" NOT NULL
		CONSTRAINT transfer_credit_unknown REFERENCES ledger_account (code),
	amount bigint NOT NULL CONSTRAINT transfer_amount_not_positive CHECK (amount > 0),
	currency text NOT NULL,
	cause text COLLATE "C" NOT NULL CONSTRAINT ledger_transfer_cause UNIQUE,
	payment_id uuid NOT NULL CONSTRAINT transfer_payment_unknown REFERENCES payment (id),
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT transfer_to_itself CHECK (debit <> credit)
);
CREATE INDEX transfer_by_payment ON ledger_transfer (payment_id);

DO $$
BEGIN
	EXECUTE format('GRANT SELECT ON ledger_account, ledger_rule TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT ON ledger_transfer TO %I', current_database());
END
$$;
