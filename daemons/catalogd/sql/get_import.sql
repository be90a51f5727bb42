SELECT result AS body FROM import_chunk WHERE id = :id::uuid
