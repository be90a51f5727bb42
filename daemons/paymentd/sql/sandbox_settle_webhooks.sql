-- Sent until taken, ever more rarely.
UPDATE sandbox.webhook w
SET state = CASE WHEN a.taken THEN 'sent' WHEN w.attempt >= 100 THEN 'given_up' ELSE 'queued' END,
	due_at = now() + least(power(2, least(w.attempt, 10)) * 250, 30000) * interval '1 ms'
FROM jsonb_to_recordset(:answers::jsonb) a (id text, taken boolean)
WHERE w.id = split_part(a.id, '/', 1) AND w.copy = split_part(a.id, '/', 2)::integer
AND w.state = 'queued'
