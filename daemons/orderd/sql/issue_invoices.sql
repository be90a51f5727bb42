SELECT issued, failed FROM invoice_issue(:shipments::uuid[])
