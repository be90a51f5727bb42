UPDATE outbox SET sent_at = clock_timestamp()
 WHERE id = ANY (:ids::bigint[]) AND sent_at IS NULL;
