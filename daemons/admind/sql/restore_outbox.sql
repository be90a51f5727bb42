-- The store of events is not part of a backup: what it had, the events of the seven days before the cut,
-- is published again. What a consumer had applied before the cut is in its inbox, from the same cut.
UPDATE outbox SET sent_at = NULL WHERE sent_at > :cut::timestamptz - interval '7 days';
