-- The lease is the time until a delivery is due again: one whose sender was killed is sent again then.
SELECT * FROM webhook_claim(:batch::integer,
	least(:lease_ms::bigint, (SELECT 2 * timeout_ms + 1000 FROM webhook_setting)))
