SELECT to_json(r) AS body
FROM (
	SELECT replayed, further AS next
	FROM webhook w, LATERAL webhook_replay(w.id, :since, :until,
		CASE WHEN jsonb_array_length(:types) > 0 THEN webhook_patterns(:types) END, coalesce(:after, 0))
	WHERE w.id = :id::uuid
) r
