-- By the provider's own books: a sold order was authorised exactly once, one without a sale holds nothing
WITH taken AS (
	SELECT o.id, o.status, p.id AS payment_id,
		count(a.id) FILTER (WHERE EXISTS (SELECT FROM sandbox.movement m
			WHERE m.auth = a.id AND m.kind = 'authorized')) AS authorised,
		count(a.id) FILTER (WHERE a.status IN ('authorized', 'processing') AND NOT a.released) AS live,
		coalesce(sum(a.captured), 0) AS captured, count(a.id) AS calls
	FROM orderd.orders o
	LEFT JOIN paymentd.payment p ON p.order_id = o.id
	LEFT JOIN sandbox.authorization a ON a.payment = p.id::text
	-- Who pays by hand, or nothing, is not in the provider's books.
	WHERE p.provider IS DISTINCT FROM 'manual' AND (p.id IS NULL OR p.amount > 0)
	GROUP BY o.id, o.status, p.id
)
SELECT id, status, payment_id, 'authorised', authorised, 'live', live, 'captured', captured
FROM taken
WHERE authorised > 1 OR calls > 1
	OR (status IN ('confirmed', 'completed') AND authorised <> 1)
	OR (status IN ('rejected', 'cancelled') AND (live > 0 OR captured > 0));
