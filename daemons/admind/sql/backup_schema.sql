-- The newest migration.
SELECT name FROM migration ORDER BY applied_at DESC, name DESC LIMIT 1;
