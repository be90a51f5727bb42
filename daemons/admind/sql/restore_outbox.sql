-- The store of events is not part of a backup: every event that the outbox still has is published again,
-- and what a consumer had applied before the cut is in its inbox, from the same cut.
UPDATE outbox SET sent_at = NULL WHERE sent_at IS NOT NULL;
