-- Payments, what happened to them, and what is under way. The truth is payment_event, which is only
-- ever added to: every amount of a payment is a sum over its events.

CREATE TYPE money_amount AS (amount bigint, currency text);

-- What the providers in providers.c can do; paymentd writes it at its start.
CREATE TABLE provider (
	name text COLLATE "C" PRIMARY KEY,
	is_default boolean NOT NULL DEFAULT false,
	multicapture boolean NOT NULL, -- an authorisation can be captured several times
	partial_capture boolean NOT NULL,
	renews boolean NOT NULL, -- a hold can be prolonged
	hold_ms bigint NOT NULL, -- how long an authorisation holds
	refund_days integer NOT NULL -- how long after the payment a refund is possible
);

CREATE TABLE payment (
	id uuid PRIMARY KEY,
	order_id uuid NOT NULL,
	number text,
	owner text,
	provider text COLLATE "C",
	token text, -- the provider's name for the means of payment; never shown
	amount bigint NOT NULL DEFAULT 0 CONSTRAINT payment_amount_negative CHECK (amount >= 0),
	currency text,
	deadline timestamptz,
	-- cancel: what is not captured is to be given back, whenever the authorisation succeeds.
	intent text NOT NULL DEFAULT 'pay'
		CONSTRAINT payment_intent_unknown CHECK (intent IN ('pay', 'cancel')),
	status text NOT NULL DEFAULT 'pending' CONSTRAINT payment_status_unknown CHECK (status IN
		('pending', 'action_required', 'authorized', 'declined', 'cancelled', 'captured', 'failed')),
	reason text,
	next_action jsonb,
	reference text, -- the provider's name for the authorisation
	authorized bigint NOT NULL DEFAULT 0,
	captured bigint NOT NULL DEFAULT 0,
	voided bigint NOT NULL DEFAULT 0, -- authorised, and released without being captured
	refunded bigint NOT NULL DEFAULT 0,
	refund_pending bigint NOT NULL DEFAULT 0,
	disputed bigint NOT NULL DEFAULT 0,
	fees bigint NOT NULL DEFAULT 0,
	capture_failures integer NOT NULL DEFAULT 0,
	-- The provider's events contradict each other; the amounts are as they were before.
	contradiction boolean NOT NULL DEFAULT false,
	authorized_at timestamptz(3),
	hold_ends_at timestamptz(3),
	hold_flagged_at timestamptz(3),
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT payment_captured_too_much
		CHECK (0 <= captured AND 0 <= voided AND captured + voided <= authorized),
	CONSTRAINT payment_refunded_too_much
		CHECK (0 <= refunded AND 0 <= refund_pending AND refunded + refund_pending <= captured)
) WITH (fillfactor = 70);
-- At most one payment of an order can take money.
CREATE UNIQUE INDEX payment_order_paid ON payment (order_id)
	WHERE status IN ('pending', 'action_required', 'authorized', 'captured');
CREATE INDEX payment_by_order ON payment (order_id);
CREATE INDEX payment_by_owner ON payment (owner, created_at DESC);
CREATE INDEX payment_by_reference ON payment (provider, reference);
CREATE INDEX payment_by_time ON payment (created_at DESC, id DESC);
CREATE INDEX payment_hold ON payment (hold_ends_at) WHERE status = 'authorized';

-- The queue of calls to providers. The id is the key that the provider gets, so that a call made
-- twice has one effect; a capture's is the shipment's, a refund's the refund's.
CREATE TABLE payment_operation (
	id uuid PRIMARY KEY,
	payment_id uuid NOT NULL
		CONSTRAINT operation_payment_unknown REFERENCES payment (id),
	kind text NOT NULL CONSTRAINT operation_kind_unknown
		CHECK (kind IN ('authorize', 'capture', 'void', 'refund', 'renew', 'query')),
	amount bigint NOT NULL DEFAULT 0
		CONSTRAINT operation_amount_negative CHECK (amount >= 0),
	final boolean NOT NULL DEFAULT false, -- of a capture: the rest is released
	-- waiting: for the authorisation; queued: to be called; calling: an instance does; asked: the
	-- provider has it and will tell. An unknown outcome is queued or asked, never failed.
	state text NOT NULL DEFAULT 'queued' CONSTRAINT operation_state_unknown CHECK (state IN
		('waiting', 'queued', 'calling', 'asked', 'succeeded', 'failed', 'cancelled')),
	attempt integer NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL DEFAULT now(),
	reference text, -- the provider's name for what the operation made
	memo text,      -- the provider's own note from one call to the next
	reason text,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	settled_at timestamptz(3)
) WITH (fillfactor = 70);
CREATE INDEX operation_due ON payment_operation (due_at) WHERE state IN ('queued', 'calling', 'asked');
CREATE INDEX operation_by_payment ON payment_operation (payment_id);

-- kind: authorized declined action_required captured capture_failed voided void_failed expired
-- renewed refunded refund_failed disputed dispute_won. A fact is known by (payment, kind, reference),
-- however many ways tell it: an answer, webhooks, a query.
CREATE TABLE payment_event (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	payment_id uuid CONSTRAINT event_payment_unknown REFERENCES payment (id), -- NULL: not ours
	operation_id uuid,
	provider text COLLATE "C" NOT NULL,
	provider_event_id text NOT NULL,
	kind text NOT NULL,
	reference text NOT NULL,
	amount bigint NOT NULL DEFAULT 0 CONSTRAINT event_amount_negative CHECK (amount >= 0),
	releases boolean NOT NULL DEFAULT false, -- what was not captured before is released
	fee bigint NOT NULL DEFAULT 0 CONSTRAINT event_fee_negative CHECK (fee >= 0),
	currency text,
	reason text,
	next_action jsonb,
	hold_ends_at timestamptz(3), -- of authorized and renewed, when the provider says it
	source text NOT NULL CONSTRAINT event_source_unknown
		CHECK (source IN ('answer', 'webhook', 'own')),
	occurred_at timestamptz(3) NOT NULL DEFAULT now(),
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT payment_event_seen UNIQUE (provider, provider_event_id),
	CONSTRAINT payment_event_known UNIQUE (payment_id, kind, reference)
);
CREATE INDEX event_by_time ON payment_event (provider, occurred_at);
CREATE INDEX event_by_reference ON payment_event (provider, reference);

-- A refund's money is held back from the moment it is requested.
CREATE TABLE refund (
	id uuid PRIMARY KEY,
	payment_id uuid NOT NULL CONSTRAINT refund_payment_unknown REFERENCES payment (id),
	order_id uuid NOT NULL,
	amount bigint NOT NULL CONSTRAINT refund_amount_not_positive CHECK (amount > 0),
	currency text NOT NULL,
	reason text NOT NULL,
	lines jsonb,
	status text NOT NULL CONSTRAINT refund_status_unknown
		CHECK (status IN ('requested', 'pending', 'succeeded', 'failed', 'rejected')),
	failure text,
	requested_by text NOT NULL,
	decided_by text,
	decided_at timestamptz(3),
	note text, -- of who decided
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT refund_decided_by_requester CHECK (decided_by <> requested_by)
) WITH (fillfactor = 80);
CREATE INDEX refund_by_payment ON refund (payment_id);
CREATE INDEX refund_by_order ON refund (order_id);
CREATE INDEX refund_by_time ON refund (created_at DESC, id DESC);

-- How much a scope may refund at once without approval, in minor units; NULL: any amount.
CREATE TABLE refund_limit (
	scope text PRIMARY KEY,
	amount bigint
);
INSERT INTO refund_limit VALUES ('refunds:write', 10000), ('refunds:approve', NULL);

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON provider, payment, payment_operation, refund,
		refund_limit TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT ON payment_event TO %I', current_database());
END
$$;
