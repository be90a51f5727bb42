SELECT pg_advisory_xact_lock(hashtextextended('signing_key', 0))
