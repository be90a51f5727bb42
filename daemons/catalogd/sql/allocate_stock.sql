SELECT stock_allocate(:orders, :subject) AS body
