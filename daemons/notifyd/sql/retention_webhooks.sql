-- Events and deliveries of webhooks, and secrets that have ended.
SELECT removed, oldest FROM webhook_forget(:batch::bigint, :kept_ms::bigint)
