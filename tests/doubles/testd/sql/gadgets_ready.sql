SELECT id::text AS id FROM gadget WHERE id = ANY (:ids::uuid[]) AND state <> 'pending';
