-- Every event was sent, in the order of the versions of its aggregate
SELECT service, id, subject, aggregate_id, version, sent_at
FROM (
	SELECT 'userd' AS service, * FROM userd.outbox
	UNION ALL SELECT 'catalogd', * FROM catalogd.outbox
	UNION ALL SELECT 'cartd', * FROM cartd.outbox
	UNION ALL SELECT 'orderd', * FROM orderd.outbox
	UNION ALL SELECT 'paymentd', * FROM paymentd.outbox) b
WHERE sent_at IS NULL
UNION ALL
SELECT 'orderd', id, subject, aggregate_id, version, sent_at
FROM (SELECT *, lag(version) OVER (PARTITION BY aggregate_id ORDER BY id) AS before
	FROM orderd.outbox WHERE subject LIKE 'orders.order.%') o
WHERE version <= before;
