-- From events to content: which event makes which notification, who wants none, how many a day there are
-- at most, and the step from 'new' to 'queued' or 'suppressed'.

-- What somebody said he wants. Without a row: everything. Mails about one's own account cannot be
-- refused: they carry the links that one has asked for.
CREATE TABLE preference (
	who text COLLATE "C" NOT NULL, -- a subject, or address: and the SHA-256 of an address
	channel text NOT NULL CONSTRAINT preference_channel_unknown CHECK (channel IN ('email', 'sms')),
	category text NOT NULL CONSTRAINT preference_category_unknown
		CHECK (category IN ('order', 'marketing')),
	wanted boolean NOT NULL,
	source text NOT NULL CONSTRAINT preference_source_unknown
		CHECK (source IN ('owner', 'unsubscription')),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT preference_pkey PRIMARY KEY (who, channel, category)
);

-- Of the link in a mail of the category marketing; only the SHA-256 is kept.
CREATE TABLE unsubscribe_token (
	hash bytea PRIMARY KEY,
	owner text,
	address text NOT NULL, -- address: and its SHA-256
	channel text NOT NULL,
	category text NOT NULL,
	created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX unsubscribe_token_created ON unsubscribe_token (created_at);

-- The event, what it makes, and what makes it once: the member of the data in the key.
CREATE TABLE notification_rule (
	event text COLLATE "C" PRIMARY KEY,
	template text NOT NULL,
	category text NOT NULL,
	once_per text NOT NULL
);
INSERT INTO notification_rule (event, template, category, once_per) VALUES
	('orders.order.confirmed', 'order_confirmation', 'order', 'order'),
	('orders.order.rejected', 'payment_failed', 'order', 'order'),
	('orders.shipment.shipped', 'shipment', 'order', 'shipment'),
	('orders.return.requested', 'return_requested', 'order', 'return'),
	('orders.return.approved', 'return_approved', 'order', 'return'),
	('orders.return.received', 'return_received', 'order', 'return'),
	('payments.refund.succeeded', 'refund', 'order', 'refund'),
	('catalog.stock.low', 'low_stock', 'staff', 'event'),
	('carts.cart.abandoned', 'abandoned_cart', 'marketing', 'cart'),
	('users.user.verification_requested', 'email_verification', 'account', 'request'),
	('users.user.reset_requested', 'password_reset', 'account', 'request');

-- NULL for what is no UUID.
CREATE FUNCTION as_uuid(value text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
		THEN value::uuid END
$$;

-- How an address is known where the address itself is not kept.
CREATE FUNCTION address_known_as(address text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT 'address:' || encode(sha256(convert_to(lower(address), 'UTF8')), 'hex')
$$;

-- Events of a batch to rows, each once however often it comes. Of rejected orders those whose payment
-- failed; of abandoned carts those of users, because a guest has no address.
CREATE FUNCTION notification_take(events jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO notification (key, template, category, owner, order_id, refs)
	SELECT r.template || ':' || CASE r.once_per WHEN 'event' THEN e.id ELSE e.data->>r.once_per END,
		r.template, r.category,
		CASE WHEN e.subject LIKE 'users.%' THEN e.aggregate ELSE e.data->>'owner' END,
		as_uuid(e.data->>'order'),
		jsonb_strip_nulls(jsonb_build_object('time', e.time, 'order', e.data->'order',
			'shipment', e.data->'shipment', 'payment', e.data->'payment',
			'refund', e.data->'refund', 'return', e.data->'return', 'cart', e.data->'cart',
			'request', e.data->'request', 'sku', e.data->'sku', 'location', e.data->'location',
			'available', e.data->'available', 'threshold', e.data->'threshold',
			'user', CASE WHEN e.subject LIKE 'users.%' THEN to_jsonb(e.aggregate)
				WHEN e.subject LIKE 'carts.%' THEN e.data->'owner' END))
	FROM jsonb_to_recordset(events) AS e(id text, subject text, aggregate text, time text, data jsonb)
	JOIN notification_rule r ON r.event = e.subject
	WHERE (e.subject <> 'orders.order.rejected' OR e.data->>'reason' LIKE 'payment\_%')
		AND (e.subject <> 'carts.cart.abandoned' OR as_uuid(e.data->>'owner') IS NOT NULL)
	ORDER BY 1
	ON CONFLICT (key) DO NOTHING;
END
$$;

-- Takes what is due. age_ms: since the event, by which who takes it decides whether it is too late.
CREATE FUNCTION notification_claim(batch integer, lease_ms bigint)
RETURNS TABLE (id uuid, attempt integer, template text, category text, locale text, refs text,
	age_ms bigint)
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM notification n WHERE n.status = 'new' AND n.due_at <= now()) THEN
		RETURN;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	RETURN QUERY
	WITH due AS (
		SELECT n.id FROM notification n WHERE n.status = 'new' AND n.due_at <= now()
		ORDER BY n.due_at LIMIT batch FOR UPDATE SKIP LOCKED
	)
	UPDATE notification n SET attempt = n.attempt + 1,
		due_at = now() + lease_ms * interval '1 millisecond'
	FROM due WHERE n.id = due.id
	RETURNING n.id, n.attempt, n.template, n.category, n.locale, n.refs::text,
		greatest(0, extract(epoch FROM now() - coalesce((n.refs->>'time')::timestamptz,
			n.created_at)) * 1000)::bigint;
END
$$;

-- Why somebody does not get this one; NULL: he does. `most`: so many of a category go to one address
-- within a day; 0 or none: any number.
CREATE FUNCTION notification_unwanted(n notification, to_address text, most integer) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM preference p
		WHERE p.who IN (n.owner, address_known_as(to_address)) AND p.channel = n.channel
			AND p.category = n.category AND NOT p.wanted) THEN
		RETURN 'opt_out';
	END IF;
	IF coalesce(most, 0) = 0 THEN
		RETURN NULL;
	END IF;
	-- Who counts at the same time waits, and then sees what we let through.
	PERFORM pg_advisory_xact_lock(hashtextextended(n.category || ' ' || to_address, 2));
	IF (SELECT count(*) FROM (SELECT FROM notification o
			WHERE o.recipient = to_address AND o.channel = n.channel
				AND o.category = n.category AND o.status IN ('queued', 'sent', 'dead')
				AND o.created_at > now() - interval '1 day'
			LIMIT most) counted) >= most THEN
		RETURN 'cap';
	END IF;
	RETURN NULL;
END
$$;

-- Settles what was claimed, each unless it has moved on meanwhile: {id, attempt, outcome, …} with the
-- outcome "frozen" (and all of the content), "suppressed" (and reason) or "retry" (and why).
CREATE FUNCTION notification_freeze(results jsonb, most_per_day jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	r record;
	n notification;
	against text;
BEGIN
	FOR r IN SELECT * FROM jsonb_to_recordset(results) AS x(id uuid, attempt integer, outcome text,
			reason text, why text, recipient text, locale text, subject text, text text,
			html text, data jsonb, expires_at timestamptz, unsubscribe text)
		ORDER BY recipient, id
	LOOP
		SELECT * INTO n FROM notification
		WHERE id = r.id AND attempt = r.attempt AND status = 'new' FOR UPDATE;
		IF NOT FOUND THEN
			CONTINUE;
		END IF;
		IF r.outcome = 'retry' THEN
			UPDATE notification SET last_error = r.why,
				due_at = now() + least(60, 2 ^ least(r.attempt - 1, 6)) * interval '1 second'
			WHERE id = n.id;
			CONTINUE;
		END IF;
		against := r.reason;
		IF r.outcome = 'frozen' THEN
			against := notification_unwanted(n, r.recipient,
				(most_per_day->>n.category)::integer);
		END IF;
		IF against IS NOT NULL THEN
			UPDATE notification SET status = 'suppressed', reason = against,
				recipient = r.recipient, locale = coalesce(r.locale, locale), last_error = r.why
			WHERE id = n.id;
			CONTINUE;
		END IF;
		IF r.unsubscribe IS NOT NULL THEN
			INSERT INTO unsubscribe_token (hash, owner, address, channel, category)
			VALUES (decode(r.unsubscribe, 'hex'), n.owner, address_known_as(r.recipient),
				n.channel, n.category);
		END IF;
		UPDATE notification SET status = 'queued', due_at = now(), last_error = NULL,
			recipient = r.recipient, locale = r.locale, data = r.data, subject = r.subject,
			text = r.text, html = r.html, expires_at = coalesce(r.expires_at, expires_at)
		WHERE id = n.id;
	END LOOP;
END
$$;

CREATE FUNCTION preferences_body(of_owner text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
		SELECT of_owner AS owner, (
				SELECT json_object_agg(c.channel, (
					SELECT json_object_agg(k.category, coalesce((SELECT p.wanted FROM preference p
						WHERE p.who = of_owner AND p.channel = c.channel
							AND p.category = k.category), true))
					FROM unnest('{order,marketing}'::text[]) AS k(category)))
				FROM unnest('{email,sms}'::text[]) AS c(channel)
			) AS wanted, (
				SELECT max(updated_at) FROM preference p WHERE p.who = of_owner
			) AS updated_at
	) r);
END
$$;

-- Merge patch: {"email": {"marketing": false}}.
CREATE FUNCTION preferences_set(of_owner text, patch jsonb) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO preference (who, channel, category, wanted, source)
	SELECT of_owner, c.key, k.key, (k.value)::boolean, 'owner'
	FROM jsonb_each(patch) c, jsonb_each(c.value) k
	ORDER BY 2, 3
	ON CONFLICT (who, channel, category)
		DO UPDATE SET wanted = EXCLUDED.wanted, source = 'owner', updated_at = now();
	RETURN preferences_body(of_owner);
END
$$;

-- Of the address and of the account: either may be what the next mail is looked up by. A link works as
-- often as it is used.
CREATE FUNCTION unsubscribe(token text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	t unsubscribe_token;
BEGIN
	SELECT * INTO t FROM unsubscribe_token WHERE hash = sha256(convert_to(token, 'UTF8'));
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this is no link of a mail of this shop'
			USING ERRCODE = 'EC422', CONSTRAINT = 'unsubscribe_token_unknown',
			HINT = 'Use the link of the newest mail, or change the preferences of the account.';
	END IF;
	INSERT INTO preference (who, channel, category, wanted, source)
	SELECT who, t.channel, t.category, false, 'unsubscription'
	FROM unnest(ARRAY[t.owner, t.address]) AS who WHERE who IS NOT NULL ORDER BY who
	ON CONFLICT (who, channel, category)
		DO UPDATE SET wanted = false, source = 'unsubscription', updated_at = now();
	RETURN (SELECT to_json(r) FROM (SELECT t.channel, t.category, false AS wanted) r);
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON preference TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON unsubscribe_token TO %I', current_database());
	EXECUTE format('GRANT SELECT ON notification_rule TO %I', current_database());
END
$$;
