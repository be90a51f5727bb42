SELECT order_mark_short(:event)
