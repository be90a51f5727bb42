-- The databases of the services, in the cluster of a backup.
SELECT datname AS name FROM pg_database
WHERE NOT datistemplate AND datname NOT IN ('postgres', 'ecom_check')
ORDER BY datname;
