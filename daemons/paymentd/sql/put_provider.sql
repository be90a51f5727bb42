INSERT INTO provider (name, is_default, multicapture, partial_capture, renews, hold_ms, refund_days,
	token_prefix, deadline_ms)
VALUES (:name, :is_default::boolean, :multicapture::boolean, :partial_capture::boolean,
	:renews::boolean, :hold_ms::bigint, :refund_days::integer, :token_prefix::text,
	:deadline_ms::bigint)
ON CONFLICT (name) DO UPDATE SET is_default = excluded.is_default,
	multicapture = excluded.multicapture, partial_capture = excluded.partial_capture,
	renews = excluded.renews, hold_ms = excluded.hold_ms, refund_days = excluded.refund_days,
	token_prefix = excluded.token_prefix, deadline_ms = excluded.deadline_ms
