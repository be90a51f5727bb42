SELECT invoice_reverse(:event)
