UPDATE item SET state = 'done', batch_size = :size::integer
WHERE id = ANY (:ids::bigint[]) AND state = 'new'
