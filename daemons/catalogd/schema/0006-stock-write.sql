-- The heart of the ledger: lock, then write. Every stock function calls stock_lock() for its SKUs,
-- decides in later statements what is to change, and gives that to stock_write().
--
-- The plans of these functions live as long as a connection, and tables grow: so they may not
-- choose to read a whole table because it was small once.

-- One change of a level. `held` is a kind here, but no movement: holds are no part of the ledger.
CREATE TYPE stock_change AS (
	sku text COLLATE "C",
	location text COLLATE "C",
	kind text,
	quantity bigint, -- signed when adjusted or held
	reason text,
	cause_type text,
	cause_id text,
	order_id uuid,
	actor text
);

CREATE FUNCTION stock_effect_on_hand(kind text, quantity bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN kind IN ('received', 'adjusted', 'transfer_in') THEN quantity
		WHEN kind IN ('shipped', 'transfer_out') THEN -quantity ELSE 0 END
$$;

CREATE FUNCTION stock_effect_allocated(kind text, quantity bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN kind = 'allocated' THEN quantity
		WHEN kind IN ('shipped', 'released') THEN -quantity ELSE 0 END
$$;

-- Writes changes of levels that the caller has locked: each level once, each movement with the
-- balances after it, an event per level (unless silent: the event of a new product says it all).
-- Nothing but a count may make available negative.
CREATE FUNCTION stock_write(changes stock_change[], is_silent boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	short text;
BEGIN
	WITH delta AS (
		SELECT sku, location, sum(stock_effect_on_hand(kind, quantity))::bigint AS on_hand,
			sum(stock_effect_allocated(kind, quantity))::bigint AS allocated,
			sum(CASE kind WHEN 'held' THEN quantity ELSE 0 END)::bigint AS held,
			coalesce(bool_or(cause_type = 'count'), false) AS is_count
		FROM unnest(changes)
		GROUP BY sku, location
		HAVING sum(stock_effect_on_hand(kind, quantity)) <> 0
		OR sum(stock_effect_allocated(kind, quantity)) <> 0
		OR sum(CASE kind WHEN 'held' THEN quantity ELSE 0 END) <> 0
	), written AS (
		UPDATE stock_level l SET on_hand = l.on_hand + d.on_hand,
			allocated = l.allocated + d.allocated, held = l.held + d.held,
			version = l.version + 1
		FROM delta d
		WHERE l.sku = d.sku AND l.location = d.location
		RETURNING l.sku, l.location, l.on_hand, l.allocated, l.held,
			l.on_hand - l.allocated - l.held AS available, l.version, l.low_threshold,
			d.on_hand - d.allocated - d.held AS gained, d.is_count
	), event AS (
		INSERT INTO outbox (subject, aggregate_id, version, body)
		SELECT e.subject, sku || '/' || location, version, e.body
		FROM written w CROSS JOIN LATERAL (
			SELECT 'catalog.stock.changed' AS subject, (SELECT to_json(r) FROM (SELECT w.sku,
				w.location, w.on_hand, w.allocated, w.held, w.available, w.version) r) AS body
			UNION ALL
			SELECT 'catalog.stock.low', (SELECT to_json(r) FROM (SELECT w.sku, w.location,
				w.available, w.low_threshold AS threshold) r)
			WHERE w.available <= w.low_threshold AND w.available - w.gained > w.low_threshold
		) e
		WHERE NOT is_silent
		ORDER BY sku, location, e.subject
	)
	SELECT string_agg(format('%s: %s available at %s', sku, greatest(available - gained, 0),
		location), '; ' ORDER BY sku, location)
	INTO short
	FROM written
	WHERE available < 0 AND gained < 0 AND NOT is_count;
	IF short IS NOT NULL THEN
		RAISE EXCEPTION '%', short USING ERRCODE = 'EC409', CONSTRAINT = 'stock_short';
	END IF;

	-- The level has its last balances now; a movement's are those less what comes after it.
	INSERT INTO stock_movement (sku, location, kind, quantity, on_hand, allocated, reason,
		cause_type, cause_id, order_id, actor)
	SELECT c.sku, c.location, kind, quantity, l.on_hand - c.on_hand_later,
		l.allocated - c.allocated_later, reason, cause_type, cause_id, order_id, actor
	FROM (
		SELECT *, coalesce(sum(stock_effect_on_hand(kind, quantity)) OVER later, 0)
				AS on_hand_later,
			coalesce(sum(stock_effect_allocated(kind, quantity)) OVER later, 0)
				AS allocated_later
		FROM unnest(changes) WITH ORDINALITY AS t (sku, location, kind, quantity, reason,
			cause_type, cause_id, order_id, actor, place)
		WHERE kind <> 'held'
		WINDOW later AS (PARTITION BY sku COLLATE "C", location COLLATE "C" ORDER BY place DESC
			ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
	) c
	CROSS JOIN LATERAL (
		SELECT on_hand, allocated FROM stock_level l
		WHERE l.sku = c.sku AND l.location = c.location OFFSET 0
	) l
	ORDER BY place;
END
$$;

-- Removes what has expired of locked levels.
CREATE FUNCTION stock_expire(skus text[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	changes stock_change[];
BEGIN
	WITH gone AS (
		DELETE FROM stock_hold WHERE sku = ANY(skus) AND expires_at <= clock_timestamp()
		RETURNING sku, location, quantity
	)
	SELECT array_agg(ROW(sku, location, 'held', -quantity, NULL, NULL, NULL, NULL, NULL)::stock_change)
	INTO changes FROM gone;
	IF changes IS NOT NULL THEN
		PERFORM stock_write(changes);
	END IF;
END
$$;

-- Locks all levels of the SKUs, in one order for all callers, and removes their dead holds. What
-- the caller reads in its next statement stays true until its transaction ends.
CREATE FUNCTION stock_lock(skus text[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	has_holds boolean;
BEGIN
	SELECT bool_or(held > 0) INTO has_holds
	FROM (
		SELECT held FROM stock_level WHERE sku = ANY(skus)
		ORDER BY sku, location FOR NO KEY UPDATE
	) locked;
	IF has_holds THEN
		PERFORM stock_expire(skus);
	END IF;
END
$$;

-- A level to write to. Before stock_lock(): an insertion may wait for another one, and who waits
-- should not have locked levels that the other wants.
CREATE FUNCTION stock_ensure(skus text[], p_location text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO stock_level (sku, location, tracked)
	SELECT wanted, p_location, EXISTS (SELECT FROM stock_level l WHERE l.sku = wanted AND l.tracked)
	FROM unnest(skus) AS wanted
	WHERE NOT EXISTS (SELECT FROM stock_level l WHERE l.sku = wanted AND l.location = p_location)
	ORDER BY wanted COLLATE "C"
	ON CONFLICT DO NOTHING;
END
$$;
