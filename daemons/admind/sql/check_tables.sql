-- The tables of a service as commands that copy them into a schema of another database, which is named
-- as the service (or as their own schema). Types of the service's own become text.
SELECT format('CREATE SCHEMA IF NOT EXISTS %I', t.target) AS make_schema,
	format('CREATE UNLOGGED TABLE %I.%I (%s)', t.target, t.relname, t.definitions) AS make_table,
	format('COPY (SELECT %s FROM %I.%I) TO STDOUT', t.columns, t.nspname, t.relname) AS copy_out,
	format('COPY %I.%I (%s) FROM STDIN', t.target, t.relname, t.columns) AS copy_in
FROM (
	SELECT n.nspname, c.relname,
		CASE n.nspname WHEN 'public' THEN current_database() ELSE n.nspname END AS target,
		string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
		string_agg(quote_ident(a.attname) || ' ' || CASE
			WHEN tn.nspname = 'pg_catalog' THEN format_type(a.atttypid, NULL) ELSE 'text' END,
			', ' ORDER BY a.attnum) AS definitions
	FROM pg_class c
	JOIN pg_namespace n ON n.oid = c.relnamespace
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	JOIN pg_type ty ON ty.oid = a.atttypid
	JOIN pg_namespace tn ON tn.oid = ty.typnamespace
	WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
		AND NOT starts_with(n.nspname, 'pg_') AND n.nspname <> 'information_schema'
	GROUP BY 1, 2) t
ORDER BY t.target, t.relname;
