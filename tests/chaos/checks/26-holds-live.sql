-- Held of a SKU is the sum of the holds of carts
-- At every moment: also while orders are under way.
SELECT sku, location, s.held, coalesce(sum(h.quantity), 0)
FROM catalogd.stock_level s
LEFT JOIN catalogd.stock_hold h USING (sku, location)
GROUP BY sku, location, s.held
HAVING s.held <> coalesce(sum(h.quantity), 0);
