-- What a task prints.
SELECT i.number, i.document, i.text, i.hash
FROM invoice i
JOIN orders o ON o.id = i.order_id
WHERE i.number = :number AND (o.owner = :subject OR 'orders:read' = ANY (:scopes::text[]))
