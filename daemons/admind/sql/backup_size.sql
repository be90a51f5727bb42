-- Bytes of all databases.
SELECT coalesce(sum(pg_database_size(oid)), 0)::bigint AS size FROM pg_database;
