SELECT to_json(r) AS body, hash AS etag
FROM (
	SELECT b.*, i.document, i.hash
	FROM invoice i
	JOIN orders o ON o.id = i.order_id,
	LATERAL json_to_record(invoice_body(i)) AS b(number text, kind text, year integer, "order" uuid,
		order_number text, shipment uuid, refund uuid, total json, tax json, corrects json,
		reverses text, issued_at timestamptz)
	WHERE i.number = :number AND (o.owner = :subject OR 'orders:read' = ANY (:scopes))
) r
