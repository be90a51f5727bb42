SELECT stock_hold_cart(:cart::uuid, :lines, :seconds) AS body
