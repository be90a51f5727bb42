-- Whether the invoices are what they have to be: `difference` is a reason to look, `unpaid` is what was
-- shipped and invoiced and not captured (a capture that failed, or a bill that is to be paid).

CREATE FUNCTION invoice_differences() RETURNS TABLE (problem text, number text, "order" text, detail text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT 'hash_differs', i.number, NULL::text, 'the document is not the one that was issued'
	FROM invoice i WHERE i.hash <> invoice_hash(i.document);
	RETURN QUERY
	SELECT 'sum_differs', i.number, NULL::text, 'lines, shipping and tax do not come to the total'
	FROM invoice i WHERE NOT invoice_adds_up(i.document)
		OR i.total_amount <> (i.document->'totals'->>'total')::bigint;
	RETURN QUERY
	SELECT 'number_differs', i.number, NULL::text, 'the document has another number'
	FROM invoice i WHERE i.document->>'number' <> i.number OR i.document->>'kind' <> i.kind;
	RETURN QUERY
	SELECT 'gap', NULL::text, NULL::text, format('%s of %s: %s numbers were given, the last is %s, %s are there',
		c.kind, c.year, c.last, coalesce(max(i.seq), 0), count(i.seq))
	FROM invoice_counter c LEFT JOIN invoice i ON i.kind = c.kind AND i.year = c.year
	GROUP BY c.kind, c.year, c.last
	HAVING coalesce(max(i.seq), 0) <> c.last OR count(i.seq) <> c.last;
	RETURN QUERY
	SELECT 'no_invoice', NULL::text, o.number, format('shipment %s: %s', s.id,
		coalesce(s.invoice_error, 'it waits for more than a minute'))
	FROM shipment s JOIN orders o ON o.id = s.order_id
	WHERE s.status = 'shipped' AND s.invoice IS NULL
		AND (s.invoice_error IS NOT NULL OR s.shipped_at < now() - interval '1 minute');
END
$$;

-- Per order; those that something happened to in the last minute may be under way.
CREATE FUNCTION invoice_balances() RETURNS TABLE (id uuid, number text, captured bigint, refunded bigint,
	invoiced bigint, credited bigint, currency text, settled boolean)
LANGUAGE sql STABLE AS $$
	SELECT o.id, o.number, o.captured_amount, o.refunded_amount - o.refunded_before,
		coalesce(sum(i.total_amount) FILTER (WHERE i.kind = 'invoice'), 0)::bigint,
		coalesce(sum(i.total_amount) FILTER (WHERE i.kind = 'credit_note'), 0)::bigint, o.currency,
		o.status IN ('completed', 'cancelled') AND o.updated_at < now() - interval '1 minute'
	FROM orders o LEFT JOIN invoice i ON i.order_id = o.id
	WHERE o.captured_amount > 0 OR i.number IS NOT NULL
	GROUP BY o.id
$$;

CREATE FUNCTION invoice_verification() RETURNS json
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
				FROM balance b WHERE b.captured < b.invoiced ORDER BY b.number LIMIT 1000) u) AS unpaid
	) answer);
END
$$;

-- A prefix that numbers of the other kind have would some day give a number twice.
CREATE FUNCTION shop_prefix_free() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM invoice WHERE kind = 'credit_note' AND number LIKE NEW.invoice_prefix || '-%')
		OR EXISTS (SELECT FROM invoice WHERE kind = 'invoice'
			AND number LIKE NEW.credit_note_prefix || '-%') THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'shop_prefix_used',
			MESSAGE = 'There are documents of the other kind with this prefix.',
			HINT = 'Use another prefix.';
	END IF;
	RETURN NEW;
END
$$;

CREATE TRIGGER shop_prefix_free BEFORE UPDATE OF invoice_prefix, credit_note_prefix ON shop
FOR EACH ROW WHEN ((OLD.invoice_prefix, OLD.credit_note_prefix)
	IS DISTINCT FROM (NEW.invoice_prefix, NEW.credit_note_prefix))
EXECUTE FUNCTION shop_prefix_free();
