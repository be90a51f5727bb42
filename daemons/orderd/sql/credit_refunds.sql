SELECT invoice_credit(:event)
