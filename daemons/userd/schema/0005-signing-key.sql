-- The keys that sign access tokens. All that are not retired are published.
CREATE TABLE signing_key (
	kid text PRIMARY KEY,
	pem text NOT NULL,
	jwk json NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	signs_from timestamptz NOT NULL, -- later than published, so that everyone knows it by then
	retired_at timestamptz
);

GRANT SELECT, INSERT, UPDATE ON signing_key TO userd;
