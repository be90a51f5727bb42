-- The stock ledger. A level is where a SKU stands at a location; a movement is why. Only the stock
-- functions write either: the run-time role may read them and call those functions.
--
--	available = on_hand - allocated - held
--
-- Holds are of carts and expire; allocations are of orders and do not.

CREATE TABLE location (
	code text COLLATE "C" CONSTRAINT location_code_taken PRIMARY KEY,
	name text NOT NULL,
	-- Orders take from the location with the lowest position first.
	position integer NOT NULL DEFAULT 0,
	created_at timestamptz(3) NOT NULL DEFAULT now()
);
INSERT INTO location (code, name) VALUES ('main', 'Main');

CREATE TABLE stock_level (
	sku text COLLATE "C" NOT NULL,
	location text COLLATE "C" NOT NULL CONSTRAINT location_unknown REFERENCES location (code),
	on_hand bigint NOT NULL DEFAULT 0,
	allocated bigint NOT NULL DEFAULT 0 CONSTRAINT stock_allocated_negative CHECK (allocated >= 0),
	held bigint NOT NULL DEFAULT 0 CONSTRAINT stock_held_negative CHECK (held >= 0),
	-- An event tells when available comes down to it.
	low_threshold bigint CONSTRAINT stock_threshold_negative CHECK (low_threshold >= 0),
	-- The same for all levels of a SKU. Not tracked: always available, and all numbers are 0.
	tracked boolean NOT NULL DEFAULT true,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (sku, location)
) WITH (fillfactor = 80);
CREATE INDEX stock_level_watched ON stock_level (sku, location) WHERE low_threshold IS NOT NULL;

CREATE TABLE stock_movement (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	sku text COLLATE "C" NOT NULL,
	location text COLLATE "C" NOT NULL,
	kind text NOT NULL CONSTRAINT stock_movement_kind CHECK (kind IN ('received', 'allocated',
		'shipped', 'released', 'adjusted', 'transfer_out', 'transfer_in')),
	-- Signed when adjusted, else how many.
	quantity bigint NOT NULL CONSTRAINT stock_movement_quantity
		CHECK (quantity > 0 OR (kind = 'adjusted' AND quantity < 0)),
	on_hand bigint NOT NULL, -- both after it
	allocated bigint NOT NULL,
	reason text,
	cause_type text NOT NULL CONSTRAINT stock_movement_cause CHECK (cause_type IN ('order',
		'shipment', 'release', 'return', 'import', 'count', 'transfer', 'hold', 'user')),
	cause_id text,
	order_id uuid,
	actor text,
	created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX stock_movement_by_level ON stock_movement (sku, location, id);
CREATE INDEX stock_movement_by_order ON stock_movement (order_id, id) WHERE order_id IS NOT NULL;

CREATE TABLE stock_hold (
	cart_id uuid NOT NULL,
	sku text COLLATE "C" NOT NULL,
	location text COLLATE "C" NOT NULL,
	quantity bigint NOT NULL CONSTRAINT stock_hold_quantity CHECK (quantity > 0),
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (cart_id, sku, location)
);
CREATE INDEX stock_hold_by_level ON stock_hold (sku, location);
CREATE INDEX stock_hold_by_time ON stock_hold (expires_at);

-- What an order got. A release that comes before its allocation leaves a row `released`, so that
-- the allocation, when it comes, does nothing. A rejection is final too: two askers hear the same.
CREATE TABLE allocation (
	order_id uuid PRIMARY KEY,
	cart_id uuid,
	status text NOT NULL CONSTRAINT allocation_status
		CHECK (status IN ('allocated', 'rejected', 'released')),
	shortages json, -- of a rejected one: [{"line", "sku", "requested", "available"}]
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	released_at timestamptz(3)
);

-- A line may take from several locations. Without location: the SKU was not tracked.
CREATE TABLE allocation_line (
	order_id uuid NOT NULL,
	line integer NOT NULL,
	sku text COLLATE "C" NOT NULL,
	location text COLLATE "C",
	quantity bigint NOT NULL,
	shipped bigint NOT NULL DEFAULT 0,
	released bigint NOT NULL DEFAULT 0,
	CONSTRAINT allocation_line_once UNIQUE NULLS NOT DISTINCT (order_id, line, location),
	CONSTRAINT allocation_line_balance
		CHECK (shipped >= 0 AND released >= 0 AND shipped + released <= quantity)
);
CREATE INDEX allocation_line_open ON allocation_line (sku, location, order_id)
	WHERE quantity > shipped + released;

-- Releases and shipments that were done: the same id again changes nothing.
CREATE TABLE stock_operation (
	id uuid PRIMARY KEY,
	kind text NOT NULL CONSTRAINT stock_operation_kind CHECK (kind IN ('release', 'shipment')),
	order_id uuid NOT NULL,
	status text NOT NULL CONSTRAINT stock_operation_status
		CHECK (status IN ('released', 'shipped', 'refused')),
	reason text,
	created_at timestamptz(3) NOT NULL DEFAULT now()
);

-- The numbers that there are: a level, and an opening movement.
INSERT INTO stock_level (sku, location, on_hand, version)
SELECT sku, 'main', quantity, version FROM stock WHERE quantity IS NOT NULL;
INSERT INTO stock_movement (sku, location, kind, quantity, on_hand, allocated, reason, cause_type)
SELECT sku, 'main', 'adjusted', quantity, quantity, 0, 'opening balance', 'import'
FROM stock WHERE quantity > 0 ORDER BY sku;
DROP VIEW product_view;
DROP TABLE stock;
ALTER TABLE stock_level
	ADD CONSTRAINT stock_product_unknown FOREIGN KEY (sku) REFERENCES product (sku),
	ADD CONSTRAINT stock_negative CHECK (on_hand >= 0);

-- What readers see: expired holds count no more, whenever they are removed.
CREATE VIEW stock_level_view AS
SELECT l.sku, l.location, l.on_hand, l.allocated, l.held - e.expired AS held,
	l.on_hand - l.allocated - l.held + e.expired AS available,
	l.low_threshold, l.tracked, l.version
FROM stock_level l
CROSS JOIN LATERAL (
	SELECT CASE WHEN l.held = 0 THEN 0 ELSE coalesce((
		SELECT sum(quantity) FROM stock_hold h
		WHERE h.sku = l.sku AND h.location = l.location AND h.expires_at <= now()
	), 0)::bigint END AS expired
) e;

-- Hidden: its category is archived, so the shop does not show it.
CREATE VIEW product_view AS
SELECT p.sku, p.name, p.description, p.status, p.category,
	ROW(p.price_amount, p.price_currency)::money_amount AS price,
	(SELECT sum(available) FROM stock_level_view s WHERE s.sku = p.sku AND tracked)::bigint AS stock,
	p.attributes, p.version, p.created_at, p.updated_at,
	coalesce(c.archived, false) AS hidden
FROM product p
LEFT JOIN category c ON c.slug = p.category;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT ON product_view, stock_level_view, stock_level, stock_movement,
		stock_hold, allocation, allocation_line, stock_operation TO %I', current_database());
	EXECUTE format('GRANT SELECT, INSERT ON location TO %I', current_database());
END
$$;
