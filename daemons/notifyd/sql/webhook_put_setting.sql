-- Unchanged ones are not written.
UPDATE webhook_setting s SET in_flight = new.in_flight, timeout_ms = new.timeout_ms,
	retries_ms = new.retries_ms, disable_ms = new.disable_ms, keep_ms = new.keep_ms
FROM (SELECT :in_flight::integer AS in_flight, :timeout_ms::bigint AS timeout_ms,
	:retries_ms::bigint[] AS retries_ms, :disable_ms::bigint AS disable_ms,
	:keep_ms::bigint AS keep_ms) new
WHERE (s.in_flight, s.timeout_ms, s.retries_ms, s.disable_ms, s.keep_ms)
	IS DISTINCT FROM (new.in_flight, new.timeout_ms, new.retries_ms, new.disable_ms, new.keep_ms)
