SELECT name, sha256 FROM migration ORDER BY applied_at, name;
