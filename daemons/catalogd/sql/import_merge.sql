-- Upserts the staged rows. Rows that change nothing keep their version. One event tells all
-- products that changed, because an event each would double the work of a large import.
WITH wanted AS (
	SELECT p.sku, coalesce(s.name, p.name) AS name,
		coalesce(s.description, p.description) AS description,
		coalesce(s.status, p.status) AS status,
		CASE WHEN s.has_category THEN s.category ELSE p.category END AS category,
		coalesce(s.price_amount, p.price_amount) AS price_amount,
		coalesce(s.price_currency, p.price_currency) AS price_currency,
		CASE WHEN s.attributes IS NULL THEN p.attributes
			ELSE jsonb_strip_nulls(p.attributes || s.attributes) END AS attributes,
		s.has_stock AND s.stock IS DISTINCT FROM (SELECT sum(available)
			FROM stock_level_view k WHERE k.sku = s.sku AND tracked) AS is_restocked
	FROM import_stage s
	JOIN product p ON p.sku = s.sku
), updated AS (
	UPDATE product p SET name = w.name, description = w.description, status = w.status,
		category = w.category, price_amount = w.price_amount,
		price_currency = w.price_currency, attributes = w.attributes,
		version = p.version + 1, updated_at = now()
	FROM wanted w
	WHERE p.sku = w.sku
	AND (w.is_restocked OR (p.name, p.description, p.status, p.category, p.price_amount,
			p.price_currency, p.attributes)
		IS DISTINCT FROM (w.name, w.description, w.status, w.category, w.price_amount,
			w.price_currency, w.attributes))
	RETURNING p.sku, p.version
), fresh AS (
	SELECT * FROM import_stage s
	WHERE NOT EXISTS (SELECT FROM product p WHERE p.sku = s.sku)
	ORDER BY s.sku
), created AS (
	INSERT INTO product (sku, name, description, status, category, price_amount, price_currency,
		attributes)
	SELECT sku, name, coalesce(description, ''), coalesce(status, 'draft'), category,
		price_amount, price_currency, jsonb_strip_nulls(coalesce(attributes, '{}'))
	FROM fresh
	RETURNING sku, version
), changed AS (
	SELECT sku, version FROM updated UNION ALL SELECT sku, version FROM created
), event AS (
	INSERT INTO outbox (subject, aggregate_id, version, body)
	SELECT 'catalog.product.imported', :id::text, 1, to_json(e)
	FROM (SELECT :id::text AS import, json_agg(changed) AS products FROM changed) e
	WHERE products IS NOT NULL
), answer AS (
	SELECT :id::text AS id, c.created, u.updated, s.staged - c.created - u.updated AS unchanged,
		:rejected::json AS rejected
	FROM (SELECT count(*) AS created FROM created) c, (SELECT count(*) AS updated FROM updated) u,
		(SELECT count(*) AS staged FROM import_stage) s
)
INSERT INTO import_chunk (id, result)
SELECT :id::text::uuid, to_json(answer) FROM answer
RETURNING result AS body
