SELECT stock_release(:releases, :subject) AS body
