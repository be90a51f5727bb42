-- An event that failed becomes a job, once: it may be delivered again before it is acknowledged.
INSERT INTO job (id, queue, payload, state, attempt, due_at, reason, settled_at)
VALUES (md5(:queue::text || ' ' || :event_id)::uuid, :queue, :payload::json, :state, 1,
	now() + :delay_ms::bigint * interval '1 millisecond', :reason,
	CASE WHEN :state = 'dead' THEN now() END)
ON CONFLICT (id) DO NOTHING;
