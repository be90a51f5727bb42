-- Only the holder of the newest attempt may settle.
UPDATE job SET state = :state, reason = :reason,
	due_at = now() + :delay_ms::bigint * interval '1 millisecond',
	settled_at = CASE WHEN :state IN ('done', 'dead') THEN now() END
WHERE id = :id::uuid AND attempt = :attempt::integer AND state = 'running';
