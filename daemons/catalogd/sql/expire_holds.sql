SELECT stock_expire_some(500) AS expired
