-- For what removes notifications when their time is over; their attempts go with them.
CREATE INDEX notification_to_blank ON notification (created_at)
	WHERE data IS NOT NULL AND status IN ('sent', 'dead', 'suppressed');
CREATE INDEX notification_ended ON notification (created_at)
	WHERE status IN ('sent', 'dead', 'suppressed');

DO $$
BEGIN
	EXECUTE format('GRANT DELETE ON notification TO %I', current_database());
END
$$;
