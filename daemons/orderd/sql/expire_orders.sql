SELECT order_expire(:batch::integer)
