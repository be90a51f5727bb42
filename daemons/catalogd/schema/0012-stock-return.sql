-- What customers send back and can be sold again.

ALTER TABLE stock_operation
	DROP CONSTRAINT stock_operation_kind,
	ADD CONSTRAINT stock_operation_kind CHECK (kind IN ('release', 'shipment', 'return')),
	DROP CONSTRAINT stock_operation_status,
	ADD CONSTRAINT stock_operation_status CHECK (status IN ('released', 'shipped', 'refused', 'received'));

-- Where pieces of a line go: where the line was shipped from, else where orders take from first.
CREATE FUNCTION stock_return_place(of_order uuid, of_line integer, of_sku text) RETURNS text
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	RETURN coalesce(
		(SELECT a.location FROM allocation_line a JOIN location p ON p.code = a.location
		WHERE a.order_id = of_order AND a.line = of_line AND a.sku = of_sku AND a.shipped > 0
		ORDER BY p.position, p.code LIMIT 1),
		(SELECT l.location FROM stock_level l JOIN location p ON p.code = l.location
		WHERE l.sku = of_sku ORDER BY p.position, p.code LIMIT 1));
END
$$;

-- [{"id", "order", "lines": [{"line", "sku", "quantity"}]}]: each return once. A SKU whose stock is not
-- tracked has no number to change.
CREATE FUNCTION stock_return(returns jsonb, actor text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	asked uuid[] := ARRAY(SELECT (r->>'id')::uuid FROM jsonb_array_elements(returns) r);
	fresh uuid[];
	skus text[];
	changes stock_change[];
	answer json;
BEGIN
	WITH done AS (
		INSERT INTO stock_operation (id, kind, order_id, status)
		SELECT DISTINCT ON (id) id, 'return', "order", 'received'
		FROM jsonb_to_recordset(returns) AS r (id uuid, "order" uuid)
		ORDER BY id
		ON CONFLICT (id) DO NOTHING
		RETURNING id
	)
	SELECT array_agg(id) INTO fresh FROM done;

	IF fresh IS NOT NULL THEN
		SELECT array_agg(DISTINCT l.sku) INTO skus
		FROM jsonb_to_recordset(returns) AS r (id uuid, lines jsonb)
		CROSS JOIN jsonb_to_recordset(r.lines) AS l (sku text)
		WHERE r.id = ANY(fresh);
		PERFORM stock_lock(skus);
		SELECT array_agg(ROW(sku, location, 'received', quantity, NULL, 'return', id, order_id,
			actor)::stock_change ORDER BY place, line)
		INTO changes
		FROM (
			SELECT r.place, r.id, r."order" AS order_id, l.line, l.sku, l.quantity,
				stock_return_place(r."order", l.line, l.sku) AS location
			FROM (
				SELECT DISTINCT ON (id) *
				FROM ROWS FROM (jsonb_to_recordset(returns) AS (id uuid, "order" uuid,
					lines jsonb)) WITH ORDINALITY AS r (id, "order", lines, place)
				WHERE id = ANY(fresh)
				ORDER BY id, place
			) r
			CROSS JOIN jsonb_to_recordset(r.lines) AS l (line integer, sku text, quantity bigint)
		) part
		WHERE EXISTS (SELECT FROM stock_level s
			WHERE s.sku = part.sku AND s.location = part.location AND s.tracked);
		IF changes IS NOT NULL THEN
			PERFORM stock_write(changes);
		END IF;
	END IF;

	SELECT to_json(r) INTO answer
	FROM (
		SELECT coalesce(json_agg(e), '[]') AS data
		FROM (SELECT id, status FROM stock_operation WHERE id = ANY(asked)) e
	) r;
	RETURN answer;
END
$$;
