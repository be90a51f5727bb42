-- The command that lets readers go on and writers wait, for all tables at once; none without tables.
SELECT format('LOCK TABLE %s IN SHARE MODE',
	string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY n.nspname, c.relname)) AS command
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
	AND NOT starts_with(n.nspname, 'pg_') AND n.nspname <> 'information_schema'
HAVING count(*) > 0;
