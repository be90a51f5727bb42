-- What a database on another cluster has already, and how large it is.
SELECT count(*) AS tables, pg_database_size(current_database()) AS size
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
	AND NOT starts_with(n.nspname, 'pg_') AND n.nspname <> 'information_schema';
