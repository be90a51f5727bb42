SELECT order_take_payment(:event)
