-- People and imports change stock. All numbers of a SKU are set where it is locked.

CREATE FUNCTION stock_available(p_sku text) RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT sum(available)::bigint FROM stock_level_view WHERE sku = p_sku AND tracked
$$;

-- Refuses what would make available negative, before a constraint does with fewer words.
CREATE FUNCTION stock_refuse_short(changes stock_change[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	short text;
BEGIN
	SELECT string_agg(format('%s: %s available at %s', l.sku, greatest(0, available), l.location),
		'; ' ORDER BY l.sku, l.location)
	INTO short
	FROM (
		SELECT sku, location, sum(stock_effect_on_hand(kind, quantity)) AS gained
		FROM unnest(changes) GROUP BY sku, location
	) d CROSS JOIN LATERAL (
		SELECT sku, location, on_hand - allocated - held AS available FROM stock_level s
		WHERE s.sku = d.sku AND s.location = d.location OFFSET 0
	) l
	WHERE gained < 0 AND available + gained < 0;
	IF short IS NOT NULL THEN
		RAISE EXCEPTION '%', short USING ERRCODE = 'EC409', CONSTRAINT = 'stock_short';
	END IF;
END
$$;

-- Sets what is available of products (null: no longer tracked) by an adjustment at main. For the
-- field `stock` of products and for imports.
CREATE FUNCTION stock_put_all(skus text[], wanted bigint[], p_cause text, p_cause_id text,
	p_actor text, is_silent boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	tracked_skus text[];
	busy text;
	changes stock_change[];
BEGIN
	SELECT array_agg(s) FILTER (WHERE q IS NOT NULL) INTO tracked_skus
	FROM unnest(skus, wanted) AS t (s, q);
	IF tracked_skus IS NOT NULL THEN
		PERFORM stock_ensure(tracked_skus, 'main');
	END IF;
	PERFORM stock_lock(skus);

	SELECT string_agg(l.sku, ', ' ORDER BY l.sku) INTO busy
	FROM unnest(skus, wanted) AS t (s, q) JOIN stock_level l ON l.sku = t.s
	WHERE t.q IS NULL AND (l.allocated > 0 OR l.held > 0);
	IF busy IS NOT NULL THEN
		RAISE EXCEPTION '% is allocated or held', busy
			USING ERRCODE = 'EC409', CONSTRAINT = 'stock_in_use';
	END IF;

	SELECT array_agg(ROW(sku, location, 'adjusted', quantity, reason, p_cause, p_cause_id, NULL,
		p_actor)::stock_change ORDER BY sku, location)
	INTO changes
	FROM (
		SELECT l.sku, l.location, -l.on_hand AS quantity, 'no longer tracked' AS reason
		FROM unnest(skus, wanted) AS t (s, q) JOIN stock_level l ON l.sku = t.s
		WHERE t.q IS NULL AND l.tracked
		UNION ALL
		SELECT t.s, 'main', t.q - coalesce((
			SELECT sum(on_hand - allocated - held) FROM stock_level l WHERE l.sku = t.s), 0), NULL
		FROM unnest(skus, wanted) AS t (s, q)
		WHERE t.q IS NOT NULL
	) c
	WHERE quantity <> 0;
	UPDATE stock_level l SET tracked = t.q IS NOT NULL, version = version + 1
	FROM unnest(skus, wanted) AS t (s, q)
	WHERE l.sku = t.s AND l.tracked <> (t.q IS NOT NULL);
	IF changes IS NOT NULL THEN
		PERFORM stock_refuse_short(changes);
		PERFORM stock_write(changes, is_silent);
	END IF;
END
$$;

-- The same for one product; answers what is available then.
CREATE FUNCTION stock_put(p_sku text, p_wanted bigint, p_actor text) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
	IF p_wanted IS NOT NULL OR EXISTS (SELECT FROM stock_level WHERE sku = p_sku AND tracked) THEN
		PERFORM stock_put_all(ARRAY[p_sku], ARRAY[p_wanted], 'user', NULL, p_actor);
	END IF;
	RETURN p_wanted;
END
$$;

-- For imports, which lock their products before they look at them.
CREATE FUNCTION stock_lock_all(skus text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	PERFORM stock_lock(skus);
END
$$;

-- What the statements of the version before know: one number per product.
CREATE VIEW stock AS
SELECT sku, (SELECT sum(available) FROM stock_level_view l WHERE l.sku = p.sku AND tracked)::bigint
	AS quantity, 1::bigint AS version
FROM product p;

CREATE FUNCTION stock_put_old() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM stock_put(NEW.sku, NEW.quantity, NULL);
	RETURN NEW;
END
$$;
CREATE TRIGGER stock_put_old INSTEAD OF INSERT OR UPDATE ON stock
	FOR EACH ROW EXECUTE FUNCTION stock_put_old();

DO $$
BEGIN
	EXECUTE format('GRANT SELECT, INSERT, UPDATE ON stock TO %I', current_database());
END
$$;
