-- An order whose payment was written off says so. The state of the money was a generated column; what
-- generates one cannot be changed without writing the whole table anew, so that a trigger does it from now on.

ALTER TABLE orders ALTER COLUMN payment DROP EXPRESSION;

CREATE FUNCTION order_payment_state() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.payment := CASE
		WHEN NEW.captured_amount > 0 AND NEW.refunded_amount >= NEW.captured_amount THEN 'refunded'
		WHEN NEW.refunded_amount > 0 THEN 'partly_refunded'
		WHEN NEW.payment_status = 'written_off' THEN 'written_off'
		WHEN NEW.captured_amount > 0 AND (NEW.captured_amount >= NEW.total_amount
			OR NEW.status = 'completed' OR NEW.payment_status = 'captured') THEN 'captured'
		WHEN NEW.captured_amount > 0 THEN 'partly_captured'
		WHEN NEW.payment_status = 'authorized' THEN 'authorized'
		WHEN NEW.payment_status IN ('declined', 'failed') THEN 'failed'
		WHEN NEW.payment_status = 'cancelled' THEN 'none'
		WHEN NEW.payment_status IS NOT NULL THEN 'pending'
		ELSE 'none' END;
	RETURN NEW;
END
$$;

CREATE TRIGGER order_payment_state
BEFORE INSERT OR UPDATE OF status, payment_status, total_amount, captured_amount, refunded_amount ON orders
FOR EACH ROW EXECUTE FUNCTION order_payment_state();

-- As before; nobody waits for what was written off.
CREATE OR REPLACE FUNCTION invoice_verification() RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(answer) FROM (
		WITH balance AS MATERIALIZED (SELECT * FROM invoice_balances() b WHERE b.settled)
		SELECT (SELECT count(*) FROM invoice) AS documents,
			(SELECT count(*) FROM balance) AS orders,
			(SELECT coalesce(json_agg(d), '[]') FROM (
				SELECT * FROM invoice_differences()
				UNION ALL
				SELECT 'credit_differs', NULL, b.number, format('%s were paid back, and %s credited (minor units of %s)',
					b.refunded, b.credited, b.currency)
				FROM balance b WHERE b.refunded <> b.credited
				UNION ALL
				-- What was taken before anything was shipped may have been given back instead.
				SELECT 'not_invoiced', NULL, b.number, format('%s were captured, and %s invoiced (minor units of %s)',
					b.captured, b.invoiced, b.currency)
				FROM balance b WHERE b.captured > b.invoiced AND b.refunded < b.captured - b.invoiced
				LIMIT 1000) d) AS differences,
			(SELECT coalesce(json_agg(u), '[]') FROM (
				SELECT b.number AS "order",
					ROW(b.invoiced - b.captured, b.currency)::money_amount AS amount
				FROM balance b JOIN orders o USING (id)
				WHERE b.captured < b.invoiced AND o.payment_status IS DISTINCT FROM 'written_off'
				ORDER BY b.number LIMIT 1000) u) AS unpaid
	) answer);
END
$$;

-- As before; nothing can be taken for what is shipped when the whole payment was given up.
CREATE OR REPLACE FUNCTION order_ship(new_id uuid, wanted_order uuid, b jsonb, subject text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	o orders;
	first boolean;
BEGIN
	SELECT * INTO o FROM orders WHERE id = wanted_order FOR UPDATE;
	PERFORM order_open(o);
	IF o.held_at IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_held',
			MESSAGE = format('Order %s is held.', o.number),
			HINT = 'Resume it first.';
	END IF;
	IF o.payment_status IN ('declined', 'cancelled', 'failed', 'written_off') THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'order_unpaid',
			MESSAGE = format('The payment of order %s is gone: %s.', o.number, o.payment_status),
			HINT = 'Cancel the order; the customer can order again.';
	END IF;
	first := NOT EXISTS (SELECT FROM shipment WHERE order_id = o.id AND status <> 'refused'
		AND shipping_amount > 0);
	INSERT INTO shipment (id, order_id, carrier, tracking, shipping_amount, amount, due_at, actor)
	VALUES (new_id, o.id, b->>'carrier', b->>'tracking', CASE WHEN first THEN o.shipping_amount
		+ CASE WHEN o.tax_inclusive THEN 0 ELSE o.shipping_tax END ELSE 0 END, 0, now(), subject);
	INSERT INTO shipment_line (shipment_id, line, quantity, amount)
	SELECT new_id, p.line, p.quantity, order_line_amount(o.id, p.line, p.quantity)
	FROM order_pick(o.id, b->'lines') p;
	PERFORM order_set_aside(o.id, line, quantity) FROM shipment_line WHERE shipment_id = new_id;
	UPDATE shipment SET amount = shipping_amount + (SELECT sum(l.amount) FROM shipment_line l
		WHERE shipment_id = new_id) WHERE id = new_id;
	UPDATE orders SET version = version + 1, updated_at = now() WHERE id = o.id RETURNING * INTO o;
	PERFORM order_remember(o, 'shipment_requested', jsonb_build_object('shipment', new_id,
		'carrier', b->>'carrier', 'tracking', b->>'tracking'), subject);
	RETURN shipment_show(new_id);
END
$$;
