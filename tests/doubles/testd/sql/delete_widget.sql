DELETE FROM widget WHERE id = :id::uuid RETURNING NULL AS body;
