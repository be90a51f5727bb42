-- Carts and their lines. Every change of a cart first locks its row, so that the changes of one cart
-- come one after the other and its version tells them apart.

CREATE TYPE money_amount AS (amount bigint, currency text);

-- NULL for what is no UUID: it then matches no row.
CREATE FUNCTION as_uuid(value text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
		THEN value::uuid END
$$;

-- Options of the daemon that statements need, written by its workers; and since when all that is known
-- about products must be asked for again.
CREATE TABLE cart_setting (
	only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT cart_setting_once CHECK (only_row),
	abandon_after interval NOT NULL DEFAULT '24 hours',
	expire_after interval NOT NULL DEFAULT '30 days',
	hold boolean NOT NULL DEFAULT false,
	products_since timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO cart_setting DEFAULT VALUES;

-- idle_since moves once an hour only: it is indexed, and a change of an indexed column costs every
-- index a row. Exact are updated_at and expires_at.
CREATE TABLE cart (
	id uuid PRIMARY KEY,
	owner text NOT NULL,
	status text NOT NULL DEFAULT 'active' CONSTRAINT cart_status_unknown
		CHECK (status IN ('active', 'ordered', 'merged', 'expired')),
	currency text NOT NULL CONSTRAINT cart_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
	version bigint NOT NULL DEFAULT 1,
	line_count integer NOT NULL DEFAULT 0,
	filled boolean NOT NULL GENERATED ALWAYS AS (line_count > 0) STORED,
	held_until timestamptz,
	order_id uuid,
	merged_into uuid,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now(),
	expires_at timestamptz(3) NOT NULL,
	idle_since timestamptz NOT NULL DEFAULT date_trunc('hour', now()),
	abandoned_at timestamptz,
	closed_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX cart_by_owner ON cart (owner, id);
CREATE INDEX cart_to_abandon ON cart (idle_since)
	WHERE status = 'active' AND filled AND abandoned_at IS NULL;
CREATE INDEX cart_to_expire ON cart (idle_since) WHERE status = 'active';
CREATE INDEX cart_to_remove ON cart (closed_at) WHERE closed_at IS NOT NULL;

-- Name and price are those that were shown when the line was added. held: pieces that a hold keeps.
CREATE TABLE cart_line (
	cart_id uuid NOT NULL REFERENCES cart ON DELETE CASCADE,
	sku text COLLATE "C" NOT NULL,
	name text NOT NULL,
	quantity integer NOT NULL
		CONSTRAINT cart_line_quantity CHECK (quantity BETWEEN 1 AND 9999),
	price_amount bigint NOT NULL,
	held integer NOT NULL DEFAULT 0,
	added_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (cart_id, sku),
	-- 100 lines of this size are a sum that 64 bits hold.
	CONSTRAINT cart_line_total CHECK (price_amount BETWEEN 0
		AND 1000000000000000 / greatest(quantity, 1))
) WITH (fillfactor = 80);

-- A line as it is shown; and what functions answer: the columns that the HTTP library takes.
CREATE TYPE cart_line_body AS (sku text, name text, quantity integer, price money_amount,
	total money_amount);
CREATE TYPE cart_answer AS (status integer, body json, etag bigint);

-- In plpgsql, as whatever a request calls: its plans are kept, those of SQL functions are not.
CREATE FUNCTION cart_body(shown cart) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		SELECT to_json(r)
		FROM (
			SELECT shown.id, shown.owner, shown.status, shown.currency, shown.line_count,
				l.lines, ROW(l.subtotal, shown.currency)::money_amount AS subtotal,
				shown.version, coalesce(shown.held_until > now(), false) AS held,
				shown.order_id AS "order", shown.expires_at, shown.created_at,
				shown.updated_at
			FROM (
				SELECT coalesce(json_agg(to_json(ROW(c.sku, c.name, c.quantity,
						ROW(c.price_amount, shown.currency)::money_amount,
						ROW(c.price_amount * c.quantity, shown.currency)::money_amount
					)::cart_line_body) ORDER BY c.added_at, c.sku), '[]') AS lines,
					coalesce(sum(c.price_amount * c.quantity), 0)::bigint AS subtotal
				FROM cart_line c
				WHERE c.cart_id = shown.id
			) l
		) r
	);
END
$$;

-- After each change of the lines: a new version, a new time of expiry, and with the option `hold` a
-- job that holds what is in the cart now. The caller has locked the row.
CREATE FUNCTION cart_touch(target uuid, lines_added integer) RETURNS cart LANGUAGE plpgsql AS $$
DECLARE
	setting cart_setting;
	touched cart;
BEGIN
	SELECT * INTO setting FROM cart_setting;
	UPDATE cart SET version = version + 1, line_count = line_count + lines_added,
		updated_at = now(), expires_at = now() + setting.expire_after,
		idle_since = greatest(idle_since, date_trunc('hour', now()))
	WHERE id = target
	RETURNING * INTO touched;
	IF setting.hold THEN
		INSERT INTO job (queue, payload) SELECT 'hold', to_json(j) FROM (SELECT target AS cart) j;
	END IF;
	RETURN touched;
END
$$;

-- Locks a cart of this owner; NULL when there is none.
CREATE FUNCTION cart_lock(target uuid, subject text) RETURNS cart LANGUAGE plpgsql AS $$
DECLARE
	locked cart;
BEGIN
	SELECT * INTO locked FROM cart WHERE id = target AND owner = subject FOR UPDATE;
	RETURN locked;
END
$$;

CREATE FUNCTION cart_check_active(target cart) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF target.status <> 'active' THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'cart_not_active',
			MESSAGE = format('This cart is %s and is not changed any more.', target.status),
			HINT = 'Make a new cart.';
	END IF;
END
$$;

GRANT SELECT, UPDATE ON cart_setting TO cartd;
GRANT SELECT, INSERT, UPDATE, DELETE ON cart, cart_line TO cartd;
