-- What opens an account is kept no longer than it does.
UPDATE notification
SET text = NULL, html = NULL
WHERE category = 'account' AND text IS NOT NULL AND expires_at < now()
AND status NOT IN ('new', 'queued')
