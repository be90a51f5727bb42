SELECT 1 AS locked WHERE pg_try_advisory_lock(hashtextextended(:name, 0));
