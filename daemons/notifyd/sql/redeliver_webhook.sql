SELECT webhook_redeliver(d.id) AS body FROM webhook_delivery d WHERE d.id = :id::uuid
