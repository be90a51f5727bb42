UPDATE sandbox.setting SET
	latency_ms = coalesce(:latency_ms::integer, latency_ms),
	failure_rate = coalesce(:failure_rate::integer, failure_rate),
	lost_rate = coalesce(:lost_rate::integer, lost_rate),
	webhooks = coalesce(:webhooks, webhooks),
	duplicate_rate = coalesce(:duplicate_rate::integer, duplicate_rate),
	webhook_delay_ms = coalesce(:webhook_delay_ms::integer, webhook_delay_ms),
	hold_ms = coalesce(:hold_ms, hold_ms)
RETURNING (SELECT to_json(r) FROM (SELECT latency_ms, failure_rate, lost_rate, webhooks,
	duplicate_rate, webhook_delay_ms, hold_ms) r) AS body
