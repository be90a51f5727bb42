-- A provider's event has one effect
-- At every moment: also while orders are under way.
SELECT provider, provider_event_id, count(*)
FROM paymentd.payment_event
WHERE provider_event_id IS NOT NULL
GROUP BY 1, 2
HAVING count(*) > 1;
