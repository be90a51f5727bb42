SELECT sandbox.show(a) AS body, (SELECT latency_ms FROM sandbox.setting) AS delay_ms
FROM sandbox.pass_time(:id) a
WHERE a.id IS NOT NULL
