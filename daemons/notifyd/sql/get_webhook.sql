SELECT webhook_body(w) AS body, w.version AS etag FROM webhook w WHERE w.id = :id::uuid
