SELECT invoice_verification() AS body
