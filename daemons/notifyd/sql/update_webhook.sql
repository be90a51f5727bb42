-- Active again: as if nothing had failed.
WITH target AS (
	SELECT id, version FROM webhook WHERE id = :id::uuid FOR NO KEY UPDATE
), updated AS (
	UPDATE webhook w SET url = coalesce(:url, w.url),
		events = coalesce(webhook_patterns(:events::jsonb), w.events),
		description = coalesce(:description, w.description),
		status = coalesce(:status, w.status),
		reason = CASE :status WHEN 'active' THEN NULL
			WHEN 'disabled' THEN coalesce(w.reason, 'operator') ELSE w.reason END,
		failures = CASE :status WHEN 'active' THEN 0 ELSE w.failures END,
		failing_since = CASE :status WHEN 'active' THEN NULL ELSE w.failing_since END,
		version = w.version + 1, updated_at = now()
	FROM target t
	WHERE w.id = t.id AND t.version = :if_match::bigint
	RETURNING w AS row, w.version
)
SELECT webhook_body(updated.row) AS body, version AS etag, NULL::int AS status FROM updated
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match::bigint
