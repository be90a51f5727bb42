-- Each chunk removes a few old ones, after its own commit, so that nothing else has to.
DELETE FROM import_chunk
WHERE id IN (
	SELECT id FROM import_chunk
	WHERE created_at < now() - interval '30 days'
	ORDER BY created_at LIMIT 10
)
