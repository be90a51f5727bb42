-- Orders take stock, give it back, and ship it: in batches, each id once.

CREATE TYPE allocation_demand AS (
	place integer, -- of the order in the batch
	order_id uuid,
	cart_id uuid,
	line integer,
	sku text COLLATE "C",
	quantity bigint
);

-- Which orders of the batch cannot be served, and why. The SKUs are locked. Orders are served in
-- the given order; only SKUs that do not suffice for the whole batch are looked at one by one.
CREATE FUNCTION allocation_judge(demands allocation_demand[], skus text[])
RETURNS TABLE (order_id uuid, shortages json) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_nestloop = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	short_skus text[];
	remaining bigint[];
	saved bigint[];
	missing jsonb;
	o record;
BEGIN
	SELECT array_agg(s.sku), array_agg(greatest(s.available, 0))
	INTO short_skus, remaining
	FROM (
		SELECT d.sku, d.needed, CASE
			WHEN l.sku IS NOT NULL THEN l.available
			WHEN NOT EXISTS (SELECT FROM product p WHERE p.sku = d.sku) THEN 0
			END AS available
		FROM (SELECT sku, sum(quantity) AS needed FROM unnest(demands) GROUP BY sku) d
		LEFT JOIN (
			SELECT sku, sum(on_hand - allocated - held)::bigint AS available
			FROM stock_level WHERE sku = ANY(skus) AND tracked GROUP BY sku
		) l ON l.sku = d.sku
	) s
	WHERE s.needed > s.available;
	IF short_skus IS NULL THEN
		RETURN;
	END IF;

	-- own: what the order's cart holds of it already, counted for the cart's first order only.
	FOR o IN
		WITH short AS (
			SELECT s.sku COLLATE "C" AS sku, s.place
			FROM unnest(short_skus) WITH ORDINALITY AS s (sku, place)
		), demand AS (
			SELECT d.*, s.place AS short_place,
				sum(d.quantity) OVER (PARTITION BY d.order_id, d.sku ORDER BY d.line) AS upto,
				first_value(d.order_id) OVER (PARTITION BY d.cart_id, d.sku ORDER BY d.place)
					= d.order_id AS is_first
			FROM unnest(demands) d JOIN short s ON s.sku = d.sku
		), hold AS (
			SELECT h.cart_id, h.sku, sum(h.quantity) AS quantity
			FROM stock_hold h
			WHERE h.cart_id = ANY(ARRAY(SELECT d.cart_id FROM unnest(demands) d))
			GROUP BY h.cart_id, h.sku
		)
		SELECT d.order_id AS id, array_agg(d.line ORDER BY d.line) AS lines,
			array_agg(d.short_place ORDER BY d.line) AS places,
			array_agg(d.quantity ORDER BY d.line) AS quantities,
			array_agg(CASE WHEN d.is_first THEN greatest(0, least(d.upto,
				coalesce(h.quantity, 0)) - (d.upto - d.quantity)) ELSE 0 END
				ORDER BY d.line) AS owns
		FROM demand d LEFT JOIN hold h ON h.cart_id = d.cart_id AND h.sku = d.sku
		GROUP BY d.place, d.order_id
		ORDER BY d.place
	LOOP
		saved := remaining;
		missing := '[]';
		FOR i IN 1 .. cardinality(o.lines) LOOP
			IF remaining[o.places[i]] < o.quantities[i] - o.owns[i] THEN
				missing := missing || jsonb_build_object('line', o.lines[i],
					'sku', short_skus[o.places[i]], 'requested', o.quantities[i],
					'available', remaining[o.places[i]] + o.owns[i]);
			ELSE
				remaining[o.places[i]] := remaining[o.places[i]] - o.quantities[i]
					+ o.owns[i];
			END IF;
		END LOOP;
		IF missing <> '[]' THEN
			remaining := saved;
			order_id := o.id;
			shortages := missing::json;
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;

-- Takes what was judged to be there. Lines and places of stock are both laid end to end; where
-- their ranges overlap, the line takes from the place. First from what the cart holds, then from
-- what is free, by position of the location.
CREATE FUNCTION allocation_take(demands allocation_demand[], skus text[], actor text)
RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_nestloop = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	changes stock_change[];
	taken numeric;
BEGIN
	WITH demand AS MATERIALIZED (
		SELECT *, sum(quantity) OVER (PARTITION BY order_id, sku ORDER BY line) AS upto,
			first_value(order_id) OVER (PARTITION BY cart_id, sku ORDER BY place)
				= order_id AS is_first
		FROM unnest(demands)
	), own AS MATERIALIZED (
		SELECT f.order_id, h.cart_id, h.sku, h.location, h.quantity,
			sum(h.quantity) OVER (PARTITION BY f.order_id, h.sku
				ORDER BY p.position, h.location) AS upto,
			sum(h.quantity) OVER (PARTITION BY f.order_id, h.sku) AS total
		FROM stock_hold h
		JOIN (SELECT DISTINCT order_id, cart_id, sku FROM demand WHERE is_first) f
			ON f.cart_id = h.cart_id AND f.sku = h.sku
		JOIN location p ON p.code = h.location
		WHERE h.cart_id = ANY(ARRAY(SELECT cart_id FROM demand))
	), needed AS (
		SELECT *, sum(need) OVER (PARTITION BY sku ORDER BY place, line) AS need_upto
		FROM (
			SELECT d.*, d.quantity - greatest(0, least(d.upto, coalesce(o.total, 0))
				- (d.upto - d.quantity)) AS need
			FROM demand d LEFT JOIN (SELECT DISTINCT order_id, sku, total FROM own) o
				ON o.order_id = d.order_id AND o.sku = d.sku
		) n
	), level AS MATERIALIZED (
		SELECT l.sku, l.location, greatest(0, on_hand - allocated - held) AS free,
			sum(greatest(0, on_hand - allocated - held)) OVER (PARTITION BY l.sku
				ORDER BY p.position, l.location) AS upto
		FROM stock_level l JOIN location p ON p.code = l.location
		WHERE l.sku = ANY(skus) AND tracked
	), part AS MATERIALIZED (
		SELECT place, order_id, line, sku, location, sum(quantity)::bigint AS quantity
		FROM (
			SELECT d.place, d.order_id, d.line, d.sku, o.location, least(d.upto, o.upto)
				- greatest(d.upto - d.quantity, o.upto - o.quantity) AS quantity
			FROM demand d JOIN own o ON o.order_id = d.order_id AND o.sku = d.sku
			UNION ALL
			SELECT n.place, n.order_id, n.line, n.sku, l.location, least(n.need_upto, l.upto)
				- greatest(n.need_upto - n.need, l.upto - l.free)
			FROM needed n JOIN level l ON l.sku = n.sku
			UNION ALL
			SELECT n.place, n.order_id, n.line, n.sku, NULL, n.quantity
			FROM needed n
			WHERE n.sku NOT IN (SELECT sku FROM level)
		) overlap
		WHERE quantity > 0
		GROUP BY place, order_id, line, sku, location
	), stored AS (
		INSERT INTO allocation_line (order_id, line, sku, location, quantity)
		SELECT order_id, line, sku, location, quantity FROM part
		ORDER BY place, line
	), unheld AS (
		DELETE FROM stock_hold h USING own o
		WHERE h.cart_id = ANY(ARRAY(SELECT cart_id FROM own))
		AND h.cart_id = o.cart_id AND h.sku = o.sku AND h.location = o.location
		RETURNING h.sku, h.location, h.quantity
	), change AS (
		SELECT place, line, location, ROW(sku, location, 'allocated', quantity, NULL, 'order', order_id,
			order_id, actor)::stock_change AS change
		FROM part WHERE location IS NOT NULL
		UNION ALL
		SELECT 0, 0, location, ROW(sku, location, 'held', -quantity, NULL, NULL, NULL, NULL,
			NULL)::stock_change
		FROM unheld
	)
	SELECT array_agg(change ORDER BY place, line, location), (SELECT sum(quantity) FROM part)
	INTO changes, taken FROM change;
	IF taken IS DISTINCT FROM (SELECT sum(quantity) FROM unnest(demands)) THEN
		RAISE EXCEPTION 'allocated % of what was judged to be there', taken;
	END IF;
	IF changes IS NOT NULL THEN
		PERFORM stock_write(changes);
	END IF;
END
$$;

-- [{"order", "cart", "lines": [{"line", "sku", "quantity"}]}] → {"data": [{"order", "status",
-- "shortages"}]}: each order wholly or not at all.
CREATE FUNCTION stock_allocate(orders jsonb, actor text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	demands allocation_demand[];
	skus text[];
	judged record;
	rejected uuid[];
	asked uuid[] := ARRAY(SELECT (o->>'order')::uuid FROM jsonb_array_elements(orders) o);
	answer json;
BEGIN
	-- Waits for whoever is at work on one of these orders; what is there already is answered.
	WITH asked AS MATERIALIZED (
		SELECT DISTINCT ON (o."order") o."order" AS order_id, o.cart AS cart_id, o.lines, o.place
		FROM ROWS FROM (jsonb_to_recordset(orders) AS ("order" uuid, cart uuid, lines jsonb))
			WITH ORDINALITY AS o ("order", cart, lines, place)
		ORDER BY o."order", o.place
	), fresh AS (
		INSERT INTO allocation (order_id, cart_id, status)
		SELECT order_id, cart_id, 'allocated' FROM asked ORDER BY order_id
		ON CONFLICT (order_id) DO NOTHING
		RETURNING order_id
	)
	SELECT array_agg(ROW(a.place, order_id, a.cart_id, l.line, l.sku, l.quantity)::allocation_demand
		ORDER BY a.place, l.line), array_agg(DISTINCT l.sku)
	INTO demands, skus
	FROM fresh JOIN asked a USING (order_id)
	CROSS JOIN LATERAL jsonb_to_recordset(a.lines) AS l (line integer, sku text, quantity bigint);

	IF demands IS NOT NULL THEN
		PERFORM stock_lock(skus);
		FOR judged IN SELECT * FROM allocation_judge(demands, skus) LOOP
			UPDATE allocation SET status = 'rejected', shortages = judged.shortages
			WHERE order_id = judged.order_id;
			rejected := rejected || judged.order_id;
		END LOOP;
		IF rejected IS NOT NULL THEN
			SELECT array_agg(d) INTO demands FROM unnest(demands) d
			WHERE d.order_id NOT IN (SELECT unnest(rejected));
		END IF;
	END IF;
	IF demands IS NOT NULL THEN
		PERFORM allocation_take(demands, skus, actor);
	END IF;

	SELECT to_json(r) INTO answer
	FROM (
		SELECT (
			SELECT coalesce(json_agg(e), '[]')
			FROM (
				SELECT order_id AS "order", status, coalesce(shortages, '[]') AS shortages
				FROM allocation WHERE order_id = ANY(asked)
			) e
		) AS data
	) r;
	RETURN answer;
END
$$;
