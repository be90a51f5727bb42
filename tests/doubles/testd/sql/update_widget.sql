WITH target AS (
	SELECT id, version FROM widget WHERE id = :id::uuid FOR UPDATE
), updated AS (
	UPDATE widget w SET
		label = CASE WHEN :body ? 'label' THEN :label ELSE w.label END,
		note = CASE WHEN :body ? 'note' THEN :note ELSE w.note END,
		count = CASE WHEN :body ? 'count' THEN :count ELSE w.count END,
		version = w.version + 1
	FROM target t WHERE w.id = t.id AND t.version = :if_match
	RETURNING w.*
)
SELECT to_json(r) AS body, r.version AS etag, NULL::integer AS status
FROM (SELECT id, code, label, price, count, note, version, created_at FROM updated) r
UNION ALL
SELECT NULL, NULL, 412 FROM target WHERE version <> :if_match;
