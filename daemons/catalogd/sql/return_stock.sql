SELECT stock_return(:returns, :subject) AS body
