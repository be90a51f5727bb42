SELECT stock_ship(:shipments, :subject) AS body
