INSERT INTO worked (job_id, attempt, payload) VALUES (:id::uuid, :attempt::integer, :payload::json);
