-- Available is never below zero where nobody counted, and allocated never above on hand
-- At every moment: also while orders are under way.
WITH counted AS (
	SELECT DISTINCT sku, location FROM catalogd.stock_movement
	WHERE kind = 'adjusted' AND quantity < 0
)
SELECT sku, location, on_hand, allocated, held, available
FROM (SELECT *, on_hand - allocated - held AS available FROM catalogd.stock_level) s
LEFT JOIN counted c USING (sku, location)
WHERE on_hand < 0 OR allocated < 0 OR held < 0
	OR (c.sku IS NULL AND (on_hand - allocated - held < 0 OR allocated > on_hand));
