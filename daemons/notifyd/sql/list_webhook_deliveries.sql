-- The newest first.
SELECT webhook_deliveries(:webhook::uuid, :status, :event, :since, (:after->>0)::bigint, :limit) AS body
