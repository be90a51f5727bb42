-- Notifications: messages to people. A row is made by an event ('new': what is needed is named in refs),
-- gets its recipient and content ('queued': both are frozen, so that every attempt sends the same bytes),
-- and ends as sent, dead or suppressed. A row is sent at least once: who is killed between the
-- server's answer and the row's change sends again, with the same Message-ID.

CREATE TABLE notification (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	-- What it is about, so that an event that comes twice makes one row: order_confirmation:<order>.
	key text NOT NULL CONSTRAINT notification_known UNIQUE,
	template text NOT NULL,
	category text NOT NULL CONSTRAINT notification_category_unknown
		CHECK (category IN ('order', 'account', 'marketing', 'staff')),
	channel text NOT NULL DEFAULT 'email' CONSTRAINT notification_channel_unknown
		CHECK (channel IN ('email', 'sms')),
	owner text, -- the subject whose mail it is: a user's id or guest:UUID
	order_id uuid,
	refs jsonb NOT NULL DEFAULT '{}', -- ids from the event: what to fetch
	locale text,
	recipient text, -- an address or a telephone number
	data jsonb, -- what the content was rendered from
	subject text,
	text text,
	html text,
	status text NOT NULL DEFAULT 'new' CONSTRAINT notification_status_unknown
		CHECK (status IN ('new', 'queued', 'sent', 'dead', 'suppressed')),
	-- Of suppressed: opt_out, cap, no_recipient, unknown; of dead: refused, gave_up, expired, invalid.
	reason text,
	-- When to take it; of a row that somebody has taken: the end of the lease.
	due_at timestamptz NOT NULL DEFAULT now(),
	attempt integer NOT NULL DEFAULT 0, -- the fencing token: grows each time that it is taken
	tries integer NOT NULL DEFAULT 0,   -- how often a server has answered, for the back-off
	last_error text,
	message_id text,
	resend_of uuid CONSTRAINT notification_first_unknown REFERENCES notification (id)
		ON DELETE SET NULL,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	sent_at timestamptz(3),
	expires_at timestamptz(3), -- of no use after that (a link has ended)
	CONSTRAINT notification_not_frozen CHECK (status NOT IN ('queued', 'sent')
		OR (recipient IS NOT NULL AND subject IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX notification_new ON notification (due_at) WHERE status = 'new';
CREATE INDEX notification_queued ON notification (due_at) WHERE status = 'queued';
CREATE INDEX notification_dead ON notification (created_at) WHERE status = 'dead';
CREATE INDEX notification_by_time ON notification (created_at DESC, id DESC);
CREATE INDEX notification_by_order ON notification (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX notification_by_number ON notification ((data->'order'->>'number'))
	WHERE order_id IS NOT NULL;
CREATE INDEX notification_by_recipient ON notification (recipient, created_at DESC);
CREATE INDEX notification_by_owner ON notification (owner, created_at DESC);
CREATE INDEX notification_by_first ON notification (resend_of) WHERE resend_of IS NOT NULL;
-- Content with a link that signs somebody in is wiped when the link has ended.
CREATE INDEX notification_to_wipe ON notification (expires_at)
	WHERE category = 'account' AND text IS NOT NULL;

-- Every answer of a server, and every lack of one.
CREATE TABLE notification_attempt (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	notification_id uuid NOT NULL CONSTRAINT attempt_notification_unknown
		REFERENCES notification (id) ON DELETE CASCADE,
	attempt integer NOT NULL,
	transport text NOT NULL,
	outcome text NOT NULL CONSTRAINT attempt_outcome_unknown
		CHECK (outcome IN ('sent', 'retry', 'refused', 'down')),
	code integer, -- the server's reply code (RFC 5321, section 4.2)
	error text,
	created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX attempt_by_notification ON notification_attempt (notification_id, id);

-- The way out of each channel. While nobody can be reached no row is tried: one goes ahead now and
-- then, and when it gets through all others follow.
CREATE TABLE channel (
	name text PRIMARY KEY,
	failures integer NOT NULL DEFAULT 0, -- since it last worked
	probe uuid, -- the row that goes ahead
	closed_until timestamptz,            -- NULL: open
	last_error text,
	changed_at timestamptz(3) NOT NULL DEFAULT now()
);
INSERT INTO channel (name) VALUES ('email'), ('sms');

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON notification TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT ON notification_attempt TO %I', current_database());
	EXECUTE format('GRANT SELECT, UPDATE ON channel TO %I', current_database());
END
$$;
