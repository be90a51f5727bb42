-- The sum of a SKU's movements at a location is its level: on hand and allocated
-- At every moment: also while orders are under way.
WITH ledger AS (
	SELECT sku, location,
		sum(CASE kind WHEN 'received' THEN quantity WHEN 'transfer_in' THEN quantity
			WHEN 'adjusted' THEN quantity WHEN 'shipped' THEN -quantity
			WHEN 'transfer_out' THEN -quantity ELSE 0 END) AS on_hand,
		sum(CASE kind WHEN 'allocated' THEN quantity WHEN 'shipped' THEN -quantity
			WHEN 'released' THEN -quantity ELSE 0 END) AS allocated
	FROM catalogd.stock_movement
	GROUP BY sku, location
)
SELECT sku, location, 'ledger', l.on_hand, l.allocated, 'level', s.on_hand, s.allocated
FROM ledger l
FULL JOIN catalogd.stock_level s USING (sku, location)
WHERE coalesce(l.on_hand, 0) <> coalesce(s.on_hand, 0)
	OR coalesce(l.allocated, 0) <> coalesce(s.allocated, 0);
