-- Reversals of credit notes in the sums that are verified, and their prefix among the settings of the shop.

CREATE OR REPLACE FUNCTION invoice_balances() RETURNS TABLE (id uuid, number text, captured bigint, refunded bigint,
	invoiced bigint, credited bigint, currency text, settled boolean)
LANGUAGE sql STABLE AS $$
	SELECT o.id, o.number, o.captured_amount, greatest(0, o.refunded_amount - o.refunded_before),
		coalesce(sum(i.total_amount) FILTER (WHERE i.kind = 'invoice'), 0)::bigint,
		coalesce(sum(invoice_credited(i.kind, i.total_amount)), 0)::bigint, o.currency,
		o.status IN ('completed', 'cancelled') AND o.updated_at < now() - interval '1 minute'
	FROM orders o LEFT JOIN invoice i ON i.order_id = o.id
	WHERE o.captured_amount > 0 OR i.number IS NOT NULL
	GROUP BY o.id
$$;

-- A prefix that numbers of another kind have would some day give a number twice.
CREATE OR REPLACE FUNCTION shop_prefix_free() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM invoice i
		JOIN (VALUES ('invoice', NEW.invoice_prefix), ('credit_note', NEW.credit_note_prefix),
			('credit_note_reversal', NEW.reversal_prefix)) p (kind, prefix)
			ON i.kind <> p.kind AND i.number LIKE p.prefix || '-%') THEN
		RAISE EXCEPTION USING ERRCODE = 'EC409', CONSTRAINT = 'shop_prefix_used',
			MESSAGE = 'There are documents of another kind with this prefix.',
			HINT = 'Use another prefix.';
	END IF;
	RETURN NEW;
END
$$;

DROP TRIGGER shop_prefix_free ON shop;
CREATE TRIGGER shop_prefix_free BEFORE UPDATE OF invoice_prefix, credit_note_prefix, reversal_prefix ON shop
FOR EACH ROW WHEN ((OLD.invoice_prefix, OLD.credit_note_prefix, OLD.reversal_prefix)
	IS DISTINCT FROM (NEW.invoice_prefix, NEW.credit_note_prefix, NEW.reversal_prefix))
EXECUTE FUNCTION shop_prefix_free();

-- As before, and the prefix of reversals.
CREATE OR REPLACE FUNCTION shop_body(s shop, staff boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT to_json(r) FROM (
		SELECT s.name, s.legal_name, s.address, s.tax_id, s.url, s.currencies, s.locale, s.locales,
			s.tax_mode, s.sender, s.reply_to,
			CASE WHEN staff THEN s.staff_email END AS staff_email,
			s.invoice_note, s.invoice_prefix, s.credit_note_prefix, s.reversal_prefix,
			s.version, s.updated_at
		) r);
END
$$;
