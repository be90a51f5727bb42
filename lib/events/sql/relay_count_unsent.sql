-- 100000 means: at least so many.
SELECT count(*) AS unsent,
	coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS age
FROM (SELECT created_at FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT 100000) u;
