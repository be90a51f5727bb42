-- What an order took comes free again, or leaves the house.

-- A share of a release or shipment in a line at a location.
CREATE TYPE allocation_part AS (
	place integer,
	id uuid,
	order_id uuid,
	line integer,
	sku text COLLATE "C",
	location text COLLATE "C",
	quantity bigint
);

-- What one release or shipment asks of one line.
CREATE TYPE allocation_request AS (
	place integer, -- of the operation in the batch
	id uuid,
	order_id uuid,
	line integer,
	quantity bigint
);

-- Lays the requests of a line and its open places end to end, and answers the overlaps: what is
-- asked beyond what is open has none. Shipments take from the first location on, releases from the
-- last one back.
CREATE FUNCTION allocation_parts(requests allocation_request[], is_backward boolean)
RETURNS allocation_part[] LANGUAGE sql STABLE
SET enable_seqscan = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
	WITH request AS MATERIALIZED (
		SELECT *, sum(quantity) OVER (PARTITION BY order_id, line ORDER BY place) AS upto
		FROM unnest(requests)
	), open AS MATERIALIZED (
		SELECT a.order_id, a.line, a.sku, a.location,
			a.quantity - a.shipped - a.released AS quantity,
			sum(a.quantity - a.shipped - a.released) OVER (PARTITION BY a.order_id, a.line
				ORDER BY CASE WHEN is_backward THEN -p.position ELSE p.position END,
					a.location) AS upto
		FROM allocation_line a LEFT JOIN location p ON p.code = a.location
		WHERE a.order_id = ANY(ARRAY(SELECT order_id FROM request))
		AND a.quantity > a.shipped + a.released
	)
	SELECT array_agg(ROW(place, id, order_id, line, sku, location, quantity)::allocation_part
		ORDER BY place, line, location)
	FROM (
		SELECT r.place, r.id, r.order_id, r.line, o.sku, o.location,
			(least(r.upto, o.upto) - greatest(r.upto - r.quantity, o.upto - o.quantity))::bigint
				AS quantity
		FROM request r JOIN open o ON o.order_id = r.order_id AND o.line = r.line
	) overlap
	WHERE quantity > 0
$$;

-- Locks the orders, in one order for all callers, and then the levels that they have taken from.
CREATE FUNCTION allocation_lock(orders uuid[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	skus text[];
BEGIN
	PERFORM FROM allocation WHERE order_id = ANY(orders) ORDER BY order_id FOR UPDATE;
	SELECT array_agg(DISTINCT sku) INTO skus
	FROM allocation_line WHERE order_id = ANY(orders) AND location IS NOT NULL;
	IF skus IS NOT NULL THEN
		PERFORM stock_lock(skus);
	END IF;
END
$$;

-- [{"id", "order", "lines": null | [{"line", "quantity"}], "restock", "reason"}]. Lines null: all
-- that is left, and nothing may be allocated afterwards. Not restocked: it is gone from the shelf.
CREATE FUNCTION stock_release(releases jsonb, actor text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	asked uuid[] := ARRAY(SELECT (o->>'id')::uuid FROM jsonb_array_elements(releases) o);
	fresh uuid[];
	orders uuid[];
	requests allocation_request[];
	parts allocation_part[];
	changes stock_change[];
	answer json;
BEGIN
	WITH done AS (
		INSERT INTO stock_operation (id, kind, order_id, status, reason)
		SELECT DISTINCT ON (id) id, 'release', "order", 'released', reason
		FROM jsonb_to_recordset(releases) AS r (id uuid, "order" uuid, reason text)
		ORDER BY id
		ON CONFLICT (id) DO NOTHING
		RETURNING id, order_id
	)
	SELECT array_agg(id), array_agg(DISTINCT order_id) INTO fresh, orders FROM done;

	IF fresh IS NOT NULL THEN
		PERFORM FROM allocation WHERE order_id = ANY(orders) ORDER BY order_id FOR UPDATE;
		INSERT INTO allocation (order_id, status, released_at)
		SELECT DISTINCT "order", 'released', now()
		FROM jsonb_to_recordset(releases) AS r (id uuid, "order" uuid, lines jsonb)
		WHERE id = ANY(fresh) AND coalesce(lines, 'null') = 'null'
		ORDER BY "order"
		ON CONFLICT (order_id) DO UPDATE SET status = 'released', released_at = now()
			WHERE allocation.status = 'allocated';
		PERFORM allocation_lock(orders);

		SELECT array_agg(ROW(r.place, r.id, r."order", l.line, l.quantity)::allocation_request)
		INTO requests
		FROM (
			SELECT DISTINCT ON (id) *
			FROM ROWS FROM (jsonb_to_recordset(releases) AS (id uuid, "order" uuid, lines jsonb))
				WITH ORDINALITY AS r (id, "order", lines, place)
			WHERE id = ANY(fresh)
			ORDER BY id, place
		) r CROSS JOIN LATERAL (
			SELECT line, sum(quantity) AS quantity
			FROM jsonb_to_recordset(CASE WHEN jsonb_typeof(r.lines) = 'array' THEN r.lines
				ELSE '[]' END) AS l (line integer, quantity bigint)
			GROUP BY line
			UNION ALL
			SELECT line, sum(quantity) FROM allocation_line a
			WHERE a.order_id = r."order" AND coalesce(r.lines, 'null') = 'null'
			GROUP BY line
		) l;
		parts := allocation_parts(requests, true);
	END IF;

	IF parts IS NOT NULL THEN
		UPDATE allocation_line a SET released = released + p.quantity
		FROM (
			SELECT order_id, line, location, sum(quantity)::bigint AS quantity
			FROM unnest(parts) GROUP BY order_id, line, location
		) p
		WHERE a.order_id = p.order_id AND a.line = p.line
		AND a.location IS NOT DISTINCT FROM p.location;

		-- A count may have found less than was allocated: below zero nothing is taken off.
		WITH part AS (
			SELECT p.*, r.reason, NOT coalesce(r.restock, true) AS is_lost,
				sum(CASE WHEN coalesce(r.restock, true) THEN 0 ELSE p.quantity END) OVER (
					PARTITION BY p.sku, p.location
					ORDER BY p.place, p.order_id, p.line) AS lost_upto
			FROM unnest(parts) p
			JOIN jsonb_to_recordset(releases) AS r (id uuid, restock boolean, reason text)
				ON r.id = p.id
			WHERE p.location IS NOT NULL
		), change AS (
			SELECT place, line, location, 1 AS step, ROW(sku, location, 'released', quantity,
				reason, 'release', id, order_id, actor)::stock_change AS change
			FROM part
			UNION ALL
			SELECT p.place, p.line, p.location, 2, ROW(p.sku, p.location, 'adjusted',
				-(least(lost_upto, l.on_hand) - least(lost_upto - p.quantity, l.on_hand)),
				coalesce(reason, 'not restocked'), 'release', id, order_id, actor)::stock_change
			FROM part p JOIN stock_level l ON l.sku = p.sku AND l.location = p.location
			WHERE is_lost AND lost_upto - p.quantity < l.on_hand
		)
		SELECT array_agg(change ORDER BY place, line, location, step) INTO changes FROM change;
		IF changes IS NOT NULL THEN
			PERFORM stock_write(changes);
		END IF;
	END IF;

	SELECT to_json(r) INTO answer
	FROM (
		SELECT coalesce(json_agg(e), '[]') AS data
		FROM (SELECT id, order_id AS "order", status FROM stock_operation
			WHERE id = ANY(asked)) e
	) r;
	RETURN answer;
END
$$;

-- Why these shipments together cannot go out, or NULL. The orders and levels are locked.
CREATE FUNCTION shipment_refusal(requests allocation_request[], parts allocation_part[])
RETURNS text LANGUAGE sql STABLE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
	SELECT CASE
		WHEN (SELECT sum(quantity) FROM unnest(requests))
			IS DISTINCT FROM (SELECT sum(quantity) FROM unnest(parts)) THEN 'not_allocated'
		WHEN EXISTS (
			SELECT FROM (SELECT sku, location, sum(quantity) AS quantity
				FROM unnest(parts) GROUP BY sku, location) p
			JOIN stock_level l ON l.sku = p.sku AND l.location = p.location
			WHERE l.on_hand < p.quantity) THEN 'stock_short'
		END
$$;

CREATE FUNCTION shipment_take(parts allocation_part[], actor text) RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	changes stock_change[];
BEGIN
	UPDATE allocation_line a SET shipped = shipped + p.quantity
	FROM (
		SELECT order_id, line, location, sum(quantity)::bigint AS quantity
		FROM unnest(parts) GROUP BY order_id, line, location
	) p
	WHERE a.order_id = p.order_id AND a.line = p.line
	AND a.location IS NOT DISTINCT FROM p.location;
	SELECT array_agg(ROW(sku, location, 'shipped', quantity, NULL, 'shipment', id, order_id,
		actor)::stock_change ORDER BY place, line, location)
	INTO changes FROM unnest(parts) WHERE location IS NOT NULL;
	IF changes IS NOT NULL THEN
		PERFORM stock_write(changes);
	END IF;
END
$$;

-- [{"id", "order", "lines": [{"line", "quantity"}]}]: each shipment wholly or not at all; all at
-- once when all can go, else one by one.
CREATE FUNCTION stock_ship(shipments jsonb, actor text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	asked uuid[] := ARRAY(SELECT (o->>'id')::uuid FROM jsonb_array_elements(shipments) o);
	fresh uuid[];
	orders uuid[];
	requests allocation_request[];
	own allocation_request[];
	parts allocation_part[];
	refusal text;
	shipment uuid;
	answer json;
BEGIN
	WITH done AS (
		INSERT INTO stock_operation (id, kind, order_id, status)
		SELECT DISTINCT ON (id) id, 'shipment', "order", 'shipped'
		FROM jsonb_to_recordset(shipments) AS s (id uuid, "order" uuid)
		ORDER BY id
		ON CONFLICT (id) DO NOTHING
		RETURNING id, order_id
	)
	SELECT array_agg(id), array_agg(DISTINCT order_id) INTO fresh, orders FROM done;

	IF fresh IS NOT NULL THEN
		PERFORM allocation_lock(orders);
		SELECT array_agg(ROW(s.place, s.id, s."order", l.line, l.quantity)::allocation_request)
		INTO requests
		FROM (
			SELECT DISTINCT ON (id) *
			FROM ROWS FROM (jsonb_to_recordset(shipments) AS (id uuid, "order" uuid, lines jsonb))
				WITH ORDINALITY AS s (id, "order", lines, place)
			WHERE id = ANY(fresh)
			ORDER BY id, place
		) s CROSS JOIN LATERAL (
			SELECT line, sum(quantity) AS quantity
			FROM jsonb_to_recordset(s.lines) AS l (line integer, quantity bigint)
			GROUP BY line
		) l;
		parts := allocation_parts(requests, false);
		IF shipment_refusal(requests, parts) IS NULL THEN
			PERFORM shipment_take(parts, actor);
		ELSE
			FOR shipment IN
				SELECT id FROM unnest(requests) GROUP BY id ORDER BY min(place)
			LOOP
				SELECT array_agg(r) INTO own FROM unnest(requests) r WHERE r.id = shipment;
				parts := allocation_parts(own, false);
				refusal := shipment_refusal(own, parts);
				IF refusal IS NULL THEN
					PERFORM shipment_take(parts, actor);
				ELSE
					UPDATE stock_operation SET status = 'refused', reason = refusal
					WHERE id = shipment;
				END IF;
			END LOOP;
		END IF;
	END IF;

	SELECT to_json(r) INTO answer
	FROM (
		SELECT coalesce(json_agg(e), '[]') AS data
		FROM (SELECT id, status, reason FROM stock_operation
			WHERE id = ANY(asked)) e
	) r;
	RETURN answer;
END
$$;
