SELECT kid, pem FROM signing_key
WHERE retired_at IS NULL AND signs_from <= now()
ORDER BY signs_from DESC LIMIT 1
