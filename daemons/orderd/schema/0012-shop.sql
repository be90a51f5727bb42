-- The settings of the shop: one row.

CREATE TABLE shop (
	one boolean DEFAULT true CONSTRAINT shop_pkey PRIMARY KEY CONSTRAINT shop_one CHECK (one),
	name text NOT NULL DEFAULT 'Shop',
	legal_name text,
	address text,
	tax_id text,
	url text,
	currencies text[] NOT NULL DEFAULT '{}', -- empty: all
	locale text NOT NULL DEFAULT 'en',
	locales text[] NOT NULL DEFAULT '{en,de}',
	tax_mode text NOT NULL DEFAULT 'exclusive'
		CONSTRAINT shop_tax_mode_unknown CHECK (tax_mode IN ('inclusive', 'exclusive')),
	sender text,
	reply_to text,
	staff_email text,
	invoice_note text,
	invoice_prefix text NOT NULL DEFAULT 'INV',
	credit_note_prefix text NOT NULL DEFAULT 'CN',
	version bigint NOT NULL DEFAULT 1,
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	CONSTRAINT shop_locale_missing CHECK (locale = ANY (locales)),
	CONSTRAINT shop_prefixes_equal CHECK (invoice_prefix <> credit_note_prefix)
);

INSERT INTO shop DEFAULT VALUES;

-- Everybody may read it; where staff are reached is for staff and for the other services.
CREATE FUNCTION shop_body(s shop, staff boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
		SELECT s.name, s.legal_name, s.address, s.tax_id, s.url, s.currencies, s.locale, s.locales,
			s.tax_mode, s.sender, s.reply_to,
			CASE WHEN staff THEN s.staff_email END AS staff_email,
			s.invoice_note, s.invoice_prefix, s.credit_note_prefix, s.version, s.updated_at
		) r);
END
$$;

CREATE FUNCTION shop_show(staff boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT shop_body(s, staff) FROM shop s);
END
$$;

-- Whether prices contain tax where no tax rate says it. Such a place has no tax, so that it decides how
-- an order is shown, and what a rate of 0 % means there; never an amount.
CREATE FUNCTION shop_tax_inclusive() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT tax_mode = 'inclusive' FROM shop);
END
$$;

-- The rate of an address: of its region, else of its country, else none, in the mode of the shop.
CREATE OR REPLACE FUNCTION tax_rate_of(wanted_country text, wanted_region text) RETURNS tax_rate
LANGUAGE plpgsql STABLE AS $$
DECLARE
	rate tax_rate;
BEGIN
	SELECT t.* INTO rate FROM tax_rate t
	WHERE country = wanted_country AND region IN ('', coalesce(upper(wanted_region), ''))
	ORDER BY region DESC LIMIT 1;
	IF NOT FOUND THEN
		rate.inclusive := shop_tax_inclusive();
	END IF;
	RETURN rate;
END
$$;

-- A trigger, because orders are stored in more than one way. An exchange has the currency of what it is
-- for, whatever the shop takes today.
CREATE FUNCTION order_currency_taken() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	taken text[] := (SELECT currencies FROM shop);
BEGIN
	IF cardinality(taken) > 0 AND NEW.currency <> ALL (taken) THEN
		RAISE EXCEPTION USING ERRCODE = 'EC422', CONSTRAINT = 'order_currency_not_taken',
			MESSAGE = format('The shop does not take %s.', NEW.currency),
			HINT = format('It takes %s.', array_to_string(taken, ', '));
	END IF;
	RETURN NEW;
END
$$;

CREATE TRIGGER order_currency_taken BEFORE INSERT ON orders
FOR EACH ROW WHEN (NEW.kind <> 'exchange') EXECUTE FUNCTION order_currency_taken();

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, UPDATE ON shop TO %I', current_database());
END
$$;
