-- Carts hold stock for a while.

-- Sets what a cart holds to these lines, all or nothing: [{"sku", "quantity"}]. SKUs that are not
-- tracked need no hold.
CREATE FUNCTION stock_hold_cart(cart uuid, lines jsonb, seconds bigint) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	skus text[];
	changes stock_change[];
	short text;
	until timestamptz := clock_timestamp() + seconds * interval '1 second';
	answer json;
BEGIN
	-- One at a time per cart: the SKUs that it holds must not change before they are locked.
	PERFORM pg_advisory_xact_lock(hashtextextended('stock_hold ' || cart, 0));
	SELECT array_agg(sku) INTO skus
	FROM (
		SELECT sku COLLATE "C" AS sku FROM jsonb_to_recordset(lines) AS l (sku text)
		UNION SELECT sku FROM stock_hold WHERE cart_id = cart
	) s;
	IF skus IS NOT NULL THEN
		PERFORM stock_lock(skus);
		WITH gone AS (
			DELETE FROM stock_hold WHERE cart_id = cart RETURNING sku, location, quantity
		), wanted AS (
			SELECT sku COLLATE "C" AS sku, sum(quantity) AS quantity
			FROM jsonb_to_recordset(lines) AS l (sku text, quantity bigint)
			GROUP BY sku
		), level AS (
			SELECT l.sku, l.location, l.on_hand - l.allocated - l.held
					+ coalesce(g.quantity, 0) AS available, p.position
			FROM stock_level l JOIN location p ON p.code = l.location
			LEFT JOIN gone g ON g.sku = l.sku AND g.location = l.location
			WHERE l.sku = ANY(skus) AND l.tracked
		), place AS (
			SELECT *, greatest(0, available) AS free,
				sum(greatest(0, available)) OVER (PARTITION BY sku
					ORDER BY position, location) AS upto,
				sum(available) OVER (PARTITION BY sku) AS total
			FROM level
		), short AS (
			SELECT DISTINCT w.sku, w.quantity, greatest(0, p.total) AS available
			FROM wanted w JOIN place p USING (sku)
			WHERE w.quantity > p.total
		), held AS (
			SELECT p.sku, p.location,
				least(w.quantity, p.upto) - (p.upto - p.free) AS quantity
			FROM wanted w JOIN place p USING (sku)
			WHERE least(w.quantity, p.upto) > p.upto - p.free
		)
		SELECT array_agg(ROW(sku, location, 'held', quantity, NULL, NULL, NULL, NULL,
				NULL)::stock_change ORDER BY sku, location),
			(SELECT string_agg(format('%s: %s of %s available', sku, available, quantity), '; '
				ORDER BY sku) FROM short)
		INTO changes, short
		FROM (
			SELECT sku, location, -quantity AS quantity FROM gone
			UNION ALL SELECT sku, location, quantity FROM held
		) c;
		IF short IS NOT NULL THEN
			RAISE EXCEPTION '%', short USING ERRCODE = 'EC409', CONSTRAINT = 'stock_short';
		END IF;
		INSERT INTO stock_hold (cart_id, sku, location, quantity, expires_at)
		SELECT cart, sku, location, quantity, until
		FROM unnest(changes) WHERE quantity > 0;
		IF changes IS NOT NULL THEN
			PERFORM stock_write(changes);
		END IF;
	END IF;
	SELECT to_json(r) INTO answer
	FROM (
		SELECT cart, until AS expires_at, (
			SELECT coalesce(json_agg(e), '[]')
			FROM (SELECT sku, location, quantity FROM stock_hold WHERE cart_id = cart
				ORDER BY sku, location) e
		) AS lines
	) r;
	RETURN answer;
END
$$;

-- For the worker: removes some dead holds; answers how many levels had any.
CREATE FUNCTION stock_expire_some(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	skus text[];
BEGIN
	SELECT array_agg(DISTINCT sku) INTO skus
	FROM (SELECT sku FROM stock_hold WHERE expires_at <= clock_timestamp()
		ORDER BY expires_at LIMIT most) dead;
	IF skus IS NOT NULL THEN
		PERFORM stock_lock(skus);
	END IF;
	RETURN coalesce(cardinality(skus), 0);
END
$$;
