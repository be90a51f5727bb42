SELECT body, body->>'version' AS etag
FROM (SELECT stock_json(:sku) AS body) r
WHERE body IS NOT NULL
