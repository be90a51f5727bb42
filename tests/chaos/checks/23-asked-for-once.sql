-- What a merchant asked for with a key happened at most once, and at least once when it was acknowledged
SELECT h.op, h.key, h.value ->> 'id', CASE h.op
	WHEN 'ship' THEN (SELECT count(*) FROM orderd.shipment s WHERE s.id::text = h.value ->> 'id')
	WHEN 'cancel' THEN (SELECT count(*) FROM orderd.cancellation c WHERE c.id::text = h.value ->> 'id')
	WHEN 'refund' THEN (SELECT count(*) FROM paymentd.refund r WHERE r.id::text = h.value ->> 'id')
	END AS found
FROM history h
WHERE h.op IN ('ship', 'cancel', 'refund') AND h.type = 'ok' AND CASE h.op
	WHEN 'ship' THEN (SELECT count(*) FROM orderd.shipment s WHERE s.id::text = h.value ->> 'id')
	WHEN 'cancel' THEN (SELECT count(*) FROM orderd.cancellation c WHERE c.id::text = h.value ->> 'id')
	WHEN 'refund' THEN (SELECT count(*) FROM paymentd.refund r WHERE r.id::text = h.value ->> 'id')
	END <> 1
UNION ALL
SELECT 'never asked for', i.key, last_part(i.location), 1
FROM (SELECT * FROM orderd.idempotency WHERE route ~ '/(shipments|cancellations)$'
	UNION ALL SELECT * FROM paymentd.idempotency WHERE route = 'POST /v1/refunds') i
WHERE EXISTS (SELECT FROM history)
	AND NOT EXISTS (SELECT FROM history h WHERE h.type = 'invoke' AND h.key = i.key);
