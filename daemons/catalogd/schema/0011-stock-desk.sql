-- What people do with stock: adjust, set, receive, transfer, count. Each answers the SKU as it is
-- then. `version` is that of the level, as read before; null: whatever it is.

CREATE FUNCTION stock_json(p_sku text) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT to_json(r)
	FROM (
		SELECT p.sku, p.name, l.sku IS NOT NULL AS tracked, l.on_hand, l.allocated, l.held,
			l.available, coalesce(l.version, 0) AS version, coalesce(l.levels, '[]') AS levels
		FROM product p LEFT JOIN (
			SELECT s.sku, sum(s.on_hand)::bigint AS on_hand, sum(s.allocated)::bigint AS allocated,
				sum(s.held)::bigint AS held, sum(s.available)::bigint AS available,
				sum(s.version)::bigint AS version, json_agg(e ORDER BY s.location) AS levels
			FROM stock_level_view s CROSS JOIN LATERAL (
				SELECT s.sku, (SELECT name FROM product WHERE sku = p_sku) AS name,
					s.location, s.on_hand, s.allocated, s.held, s.available,
					s.low_threshold, s.version
			) e
			WHERE s.sku = p_sku AND tracked
			GROUP BY s.sku
		) l ON l.sku = p.sku
		WHERE p.sku = p_sku
	) r
$$;

-- Locks the SKU for a change at a location. NULL: there is no such product. A SKU that was not
-- tracked is, from its first number on; what only moves numbers needs some.
CREATE FUNCTION stock_open(p_sku text, p_location text, p_version bigint, is_first_number boolean)
RETURNS stock_level LANGUAGE plpgsql AS $$
DECLARE
	level stock_level;
BEGIN
	IF NOT EXISTS (SELECT FROM product WHERE sku = p_sku) THEN
		RETURN NULL;
	END IF;
	IF NOT EXISTS (SELECT FROM location WHERE code = p_location) THEN
		RAISE EXCEPTION 'there is no location %', p_location
			USING ERRCODE = 'EC422', CONSTRAINT = 'location_unknown';
	END IF;
	PERFORM stock_ensure(ARRAY[p_sku], p_location);
	PERFORM stock_lock(ARRAY[p_sku]);
	SELECT * INTO level FROM stock_level WHERE sku = p_sku AND location = p_location;
	IF p_version IS NOT NULL AND p_version <> level.version THEN
		RAISE EXCEPTION '% at % is at version %', p_sku, p_location, level.version
			USING ERRCODE = 'EC412', CONSTRAINT = 'stock_changed';
	END IF;
	IF NOT level.tracked AND NOT is_first_number THEN
		RAISE EXCEPTION 'the stock of % is not tracked', p_sku
			USING ERRCODE = 'EC409', CONSTRAINT = 'stock_untracked';
	END IF;
	IF NOT level.tracked THEN
		UPDATE stock_level SET tracked = true, version = version + 1 WHERE sku = p_sku;
	END IF;
	RETURN level;
END
$$;

-- Changes on_hand by a number, or to it when is_absolute.
CREATE FUNCTION stock_adjust(p_sku text, p_location text, p_quantity bigint, is_absolute boolean,
	p_kind text, p_reason text, p_cause text, p_cause_id text, p_version bigint, p_actor text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	level stock_level := stock_open(p_sku, p_location, p_version,
		is_absolute OR p_kind = 'received');
	delta bigint := CASE WHEN is_absolute THEN p_quantity - level.on_hand ELSE p_quantity END;
	changes stock_change[] := ARRAY[ROW(p_sku, p_location, p_kind, delta, p_reason, p_cause,
		p_cause_id, NULL, p_actor)::stock_change];
BEGIN
	IF level.sku IS NULL THEN
		RETURN NULL;
	END IF;
	IF delta <> 0 THEN
		PERFORM stock_refuse_short(changes);
		PERFORM stock_write(changes);
	END IF;
	RETURN stock_json(p_sku);
END
$$;

CREATE FUNCTION stock_transfer(p_sku text, p_from text, p_to text, p_quantity bigint,
	p_reason text, p_cause_id text, p_version bigint, p_actor text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	level stock_level;
	changes stock_change[];
BEGIN
	IF p_from = p_to THEN
		RAISE EXCEPTION 'from and to are the same location'
			USING ERRCODE = 'EC422', CONSTRAINT = 'stock_transfer_nowhere';
	END IF;
	IF NOT EXISTS (SELECT FROM location WHERE code = p_to) THEN
		RAISE EXCEPTION 'there is no location %', p_to
			USING ERRCODE = 'EC422', CONSTRAINT = 'location_unknown';
	END IF;
	IF EXISTS (SELECT FROM product WHERE sku = p_sku) THEN
		PERFORM stock_ensure(ARRAY[p_sku], least(p_from, p_to));
		PERFORM stock_ensure(ARRAY[p_sku], p_to);
	END IF;
	level := stock_open(p_sku, p_from, p_version, false);
	IF level.sku IS NULL THEN
		RETURN NULL;
	END IF;
	changes := ARRAY[
		ROW(p_sku, p_from, 'transfer_out', p_quantity, p_reason, 'transfer', p_cause_id, NULL,
			p_actor)::stock_change,
		ROW(p_sku, p_to, 'transfer_in', p_quantity, p_reason, 'transfer', p_cause_id, NULL,
			p_actor)::stock_change];
	PERFORM stock_refuse_short(changes);
	PERFORM stock_write(changes);
	RETURN stock_json(p_sku);
END
$$;

-- The newest orders that are open at a level, until what they have covers what is missing.
CREATE FUNCTION stock_short_orders(p_sku text, p_location text, missing bigint) RETURNS uuid[]
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT array_agg(order_id ORDER BY order_id DESC)
	FROM (
		SELECT order_id, open, sum(open) OVER (ORDER BY order_id DESC) AS upto
		FROM (
			SELECT order_id, sum(quantity - shipped - released) AS open
			FROM allocation_line
			WHERE sku = p_sku AND location = p_location AND quantity > shipped + released
			GROUP BY order_id
		) o
	) newest
	WHERE upto - open < missing
$$;

-- What was counted is what is there. When carts hold some of what is not, they lose it; when orders
-- have, the newest of them are named.
CREATE FUNCTION stock_count(p_sku text, p_location text, p_counted bigint, p_reason text,
	p_cause_id text, p_version bigint, p_actor text)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	level stock_level := stock_open(p_sku, p_location, p_version, true);
	changes stock_change[];
	orders uuid[];
BEGIN
	IF level.sku IS NULL THEN
		RETURN NULL;
	END IF;
	IF p_counted < level.allocated + level.held THEN
		DELETE FROM stock_hold WHERE sku = p_sku AND location = p_location;
		changes := changes || ROW(p_sku, p_location, 'held', -level.held, NULL, 'count', NULL,
			NULL, NULL)::stock_change;
	END IF;
	IF p_counted <> level.on_hand THEN
		changes := changes || ROW(p_sku, p_location, 'adjusted', p_counted - level.on_hand,
			p_reason, 'count', p_cause_id, NULL, p_actor)::stock_change;
	END IF;
	IF changes IS NOT NULL THEN
		PERFORM stock_write(changes);
	END IF;
	orders := stock_short_orders(p_sku, p_location, level.allocated - p_counted);
	IF orders IS NOT NULL THEN
		INSERT INTO outbox (subject, aggregate_id, version, body)
		-- In parts: an event has an end, and so has the time that a consumer takes for it.
		SELECT 'catalog.stock.short', sku || '/' || location, version,
			(SELECT to_json(r) FROM (SELECT sku, location, orders[n:n + 499] AS orders) r)
		FROM stock_level, generate_series(1, cardinality(orders), 500) n
		WHERE sku = p_sku AND location = p_location;
	END IF;
	RETURN stock_json(p_sku);
END
$$;

CREATE FUNCTION stock_threshold(p_sku text, p_location text, p_threshold bigint, p_version bigint)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	level stock_level := stock_open(p_sku, p_location, p_version, false);
BEGIN
	IF level.sku IS NULL THEN
		RETURN NULL;
	END IF;
	UPDATE stock_level SET low_threshold = p_threshold, version = version + 1
	WHERE sku = p_sku AND location = p_location AND low_threshold IS DISTINCT FROM p_threshold;
	RETURN stock_json(p_sku);
END
$$;

-- Where the ledger, the open allocations or the holds say something else than the level: none.
CREATE FUNCTION stock_differences() RETURNS TABLE (sku text, location text, field text,
	level bigint, ledger bigint) LANGUAGE sql STABLE AS $$
	WITH moved AS (
		SELECT m.sku, m.location, sum(stock_effect_on_hand(kind, quantity)) AS on_hand,
			sum(stock_effect_allocated(kind, quantity)) AS allocated
		FROM stock_movement m GROUP BY m.sku, m.location
	), open AS (
		SELECT a.sku, a.location, sum(quantity - shipped - released) AS allocated
		FROM allocation_line a
		WHERE a.location IS NOT NULL AND quantity > shipped + released
		GROUP BY a.sku, a.location
	), holds AS (
		SELECT h.sku, h.location, sum(quantity) AS held
		FROM stock_hold h GROUP BY h.sku, h.location
	), place AS (
		SELECT sku, location FROM stock_level UNION SELECT sku, location FROM moved
		UNION SELECT sku, location FROM open UNION SELECT sku, location FROM holds
	)
	SELECT p.sku, p.location, d.field, d.level, d.ledger::bigint
	FROM place p
	LEFT JOIN stock_level l ON l.sku = p.sku AND l.location = p.location
	LEFT JOIN moved m ON m.sku = p.sku AND m.location = p.location
	LEFT JOIN open o ON o.sku = p.sku AND o.location = p.location
	LEFT JOIN holds h ON h.sku = p.sku AND h.location = p.location
	CROSS JOIN LATERAL (VALUES
		('on_hand', l.on_hand, coalesce(m.on_hand, 0)),
		('allocated', l.allocated, coalesce(m.allocated, 0)),
		('allocated to orders', l.allocated, coalesce(o.allocated, 0)),
		('held', l.held, coalesce(h.held, 0))) AS d (field, level, ledger)
	WHERE coalesce(d.level, 0) <> d.ledger
$$;
