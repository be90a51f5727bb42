SELECT id FROM invoice_claim(:batch::integer, :lease_ms::bigint)
