-- By channel, for /metrics. 100000 means: at least so many.
SELECT c.name AS channel, c.failures,
	(SELECT count(*) FROM (SELECT FROM notification n WHERE status = 'new' AND n.channel = c.name
		LIMIT 100000) x) AS new,
	(SELECT count(*) FROM (SELECT FROM notification n WHERE status = 'queued' AND n.channel = c.name
		LIMIT 100000) x) AS queued,
	(SELECT count(*) FROM (SELECT FROM notification n WHERE status = 'dead' AND n.channel = c.name
		LIMIT 100000) x) AS dead,
	coalesce(extract(epoch FROM now() - (SELECT min(created_at) FROM (SELECT created_at
		FROM notification n WHERE status IN ('new', 'queued') AND n.channel = c.name
		LIMIT 100000) x)), 0) AS oldest
FROM channel c
ORDER BY c.name
