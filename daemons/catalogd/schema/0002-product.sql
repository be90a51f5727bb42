-- Products, their base price (price lists will override it per SKU), and one stock number each.

CREATE TYPE money_amount AS (amount bigint, currency text);

CREATE TABLE product (
	sku text COLLATE "C" CONSTRAINT product_sku_taken PRIMARY KEY,
	name text NOT NULL,
	description text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT 'draft'
		CONSTRAINT product_status_unknown CHECK (status IN ('draft', 'active', 'archived')),
	category text COLLATE "C" CONSTRAINT product_category_unknown REFERENCES category (slug),
	price_amount bigint NOT NULL CONSTRAINT product_price_negative CHECK (price_amount >= 0),
	price_currency text NOT NULL,
	attributes jsonb NOT NULL DEFAULT '{}' CONSTRAINT product_attribute_nested
		CHECK (NOT jsonb_path_exists(attributes,
			'strict $.* ? (@.type() == "object" || @.type() == "array")'))
		CONSTRAINT product_attributes_too_large CHECK (octet_length(attributes::text) <= 65536),
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz(3) NOT NULL DEFAULT now(),
	updated_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (fillfactor = 90);
CREATE INDEX product_by_category ON product (category, sku) INCLUDE (status);

-- Apart from the product, because the stock ledger will own it. NULL: not tracked.
CREATE TABLE stock (
	sku text COLLATE "C" PRIMARY KEY
		CONSTRAINT stock_product_unknown REFERENCES product (sku),
	quantity bigint CONSTRAINT stock_negative CHECK (quantity >= 0),
	version bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 90);

-- What readers see of a product. Hidden: its category is archived, so the shop does not show it.
CREATE VIEW product_view AS
SELECT p.sku, p.name, p.description, p.status, p.category,
	ROW(p.price_amount, p.price_currency)::money_amount AS price,
	s.quantity AS stock, p.attributes, p.version, p.created_at, p.updated_at,
	coalesce(c.archived, false) AS hidden
FROM product p
LEFT JOIN stock s ON s.sku = p.sku
LEFT JOIN category c ON c.slug = p.category;

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON product, stock TO %I', current_database());
	EXECUTE format('GRANT SELECT ON product_view TO %I', current_database());
END
$$;
