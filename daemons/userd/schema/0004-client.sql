-- Programs with a credential of their own. A token for one has the subject "client:<id>".
CREATE TABLE client (
	id text PRIMARY KEY,
	role text NOT NULL CONSTRAINT client_role_unknown REFERENCES role,
	audiences text[] NOT NULL -- the first is the default
		CONSTRAINT client_audiences CHECK (audiences <@ '{ecom,internal}' AND cardinality(audiences) > 0),
	secret_hash bytea NOT NULL, -- SHA-256: secrets have 256 random bits
	created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE client RENAME CONSTRAINT client_pkey TO client_id_taken;

GRANT SELECT, INSERT, UPDATE, DELETE ON client TO userd;
