-- What the last run did, and all runs together.
INSERT INTO retention_run AS r (name, kept_ms, removed, total, oldest_seconds, error)
VALUES (:name, :kept_ms::bigint, :removed::bigint, :removed::bigint, :oldest::bigint, :error)
ON CONFLICT (name) DO UPDATE SET kept_ms = excluded.kept_ms, removed = excluded.removed,
	total = r.total + excluded.removed, oldest_seconds = excluded.oldest_seconds,
	error = excluded.error, ran_at = now(),
	removed_at = CASE WHEN excluded.removed > 0 THEN now() ELSE r.removed_at END;
