SELECT webhook_deliveries(w.id, :status, :event, :since, (:after->>0)::bigint, :limit) AS body
FROM webhook w WHERE w.id = :id::uuid
