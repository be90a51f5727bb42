SELECT CASE WHEN draft_delete(id, :if_match) THEN 204 ELSE 412 END AS status, NULL::json AS body
FROM draft_find(:draft) id WHERE id IS NOT NULL
