-- What cartd knows about products, so that adding to a cart asks nobody. A row is written before
-- catalogd is asked for the first time: from then on events about the product find it, and what
-- was answered before such an event counts as out of date.
CREATE TABLE product_seen (
	sku text COLLATE "C" PRIMARY KEY,
	name text,
	price_amount bigint,
	currency text,
	status text NOT NULL DEFAULT 'unknown' CONSTRAINT product_seen_status
		CHECK (status IN ('draft', 'active', 'archived', 'unknown')),
	hidden boolean NOT NULL DEFAULT false,
	version bigint NOT NULL DEFAULT 0,
	stale_below bigint NOT NULL DEFAULT 0,
	asked_at timestamptz NOT NULL DEFAULT now() -- when what is known was asked for
);
CREATE INDEX product_seen_asked ON product_seen (asked_at);
CREATE INDEX product_seen_unknown ON product_seen (asked_at) WHERE status = 'unknown';

-- That a product does not exist is not relied on: it may be there a moment later.
CREATE FUNCTION product_is_fresh(seen product_seen) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		SELECT coalesce(seen.status <> 'unknown' AND seen.version >= seen.stale_below
			AND seen.asked_at > greatest(products_since, now() - interval '1 day'), false)
		FROM cart_setting
	);
END
$$;

-- Keeps what catalogd answered. Rows are locked in order of SKU, as by whoever changes several.
CREATE FUNCTION product_store(skus jsonb, quotes jsonb, asked timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM product_seen
	WHERE sku IN (SELECT jsonb_array_elements_text(skus)) ORDER BY sku FOR UPDATE;
	UPDATE product_seen p SET
		name = coalesce(q.name, p.name),
		price_amount = coalesce((q.price->>'amount')::bigint, p.price_amount),
		currency = coalesce(q.price->>'currency', p.currency),
		status = coalesce(q.status, 'unknown'),
		hidden = coalesce(q.hidden, false),
		version = coalesce(q.version, p.version),
		asked_at = asked
	FROM jsonb_array_elements_text(skus) AS s(sku)
	LEFT JOIN jsonb_to_recordset(quotes) AS q(sku text, name text, price jsonb, status text,
		hidden boolean, version bigint) ON q.sku = s.sku
	WHERE p.sku = s.sku AND p.asked_at <= asked;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON product_seen TO cartd;
