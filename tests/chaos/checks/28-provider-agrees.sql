-- Captured and refunded are what the provider did, each operation of it once
SELECT 'amounts', p.id::text, p.captured, a.captured, p.refunded, a.refunded
FROM paymentd.payment p
JOIN sandbox.authorization a ON a.payment = p.id::text
WHERE p.captured <> a.captured OR p.refunded <> a.refunded
	OR p.authorized <> CASE WHEN EXISTS (SELECT FROM sandbox.movement m
		WHERE m.auth = a.id AND m.kind = 'authorized') THEN a.amount ELSE 0 END
UNION ALL
SELECT 'movements', a.id, a.captured, coalesce(sum(m.amount) FILTER (WHERE m.kind = 'captured'), 0),
	a.refunded, coalesce(sum(m.amount) FILTER (WHERE m.kind = 'refunded' AND b.id IS NULL), 0)
FROM sandbox.authorization a
LEFT JOIN sandbox.movement m ON m.auth = a.id
-- A refund that came back later has the same reference.
LEFT JOIN sandbox.movement b ON m.kind = 'refunded' AND b.id = split_part(m.id, ':', 1) || ':refund_failed'
GROUP BY a.id, a.captured, a.refunded
HAVING a.captured <> coalesce(sum(m.amount) FILTER (WHERE m.kind = 'captured'), 0)
	OR a.refunded <> coalesce(sum(m.amount) FILTER (WHERE m.kind = 'refunded' AND b.id IS NULL), 0)
UNION ALL
SELECT 'done twice', operation || ' ' || kind, count(*), sum(amount), NULL, NULL
FROM sandbox.movement
WHERE operation IS NOT NULL
GROUP BY operation, kind
HAVING count(*) > 1
UNION ALL
SELECT 'nobody''s money', a.id, a.amount, a.captured, NULL, NULL
FROM sandbox.authorization a
WHERE NOT EXISTS (SELECT FROM paymentd.payment p WHERE p.id::text = a.payment);
