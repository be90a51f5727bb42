SELECT stock_hold_cart(:cart::uuid, '[]', 0) AS body
