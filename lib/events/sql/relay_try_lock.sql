-- Held by the session until it ends; the database is the service's own, so the key is too.
SELECT pg_try_advisory_lock(hashtextextended('ecom outbox relay', 0)) AS locked;
