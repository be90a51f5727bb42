-- Each movement carries the balances after it: no movement is missing, none is in twice
-- At every moment: also while orders are under way.
WITH effect AS (
	SELECT *,
		CASE kind WHEN 'received' THEN quantity WHEN 'transfer_in' THEN quantity
			WHEN 'adjusted' THEN quantity WHEN 'shipped' THEN -quantity
			WHEN 'transfer_out' THEN -quantity ELSE 0 END AS shelf,
		CASE kind WHEN 'allocated' THEN quantity WHEN 'shipped' THEN -quantity
			WHEN 'released' THEN -quantity ELSE 0 END AS promised
	FROM catalogd.stock_movement
), running AS (
	SELECT *, sum(shelf) OVER w AS shelf_after, sum(promised) OVER w AS promised_after
	FROM effect
	WINDOW w AS (PARTITION BY sku, location ORDER BY id)
)
SELECT id, sku, location, kind, quantity, 'says', on_hand, allocated, 'is', shelf_after, promised_after
FROM running
WHERE on_hand <> shelf_after OR allocated <> promised_after OR (quantity <= 0 AND kind <> 'adjusted');
