SELECT gen_random_uuid() AS id \gset
SELECT payment_request(jsonb_build_array(jsonb_build_object('payment', :id::uuid, 'order', :id::uuid,
	'number', '1', 'owner', 'bench', 'amount', jsonb_build_object('amount', 1490, 'currency', 'EUR'),
	'token', 'tok_success', 'deadline', now() + interval '15 minutes')));
UPDATE payment_operation SET state = 'calling', attempt = attempt + 1,
	due_at = now() + interval '15 seconds'
WHERE id = :id::uuid;
SELECT status, body, delay_ms
FROM sandbox.authorize(:id, 'hash', 1490, 'EUR', 'tok_success', :id);
SELECT payment_settle(jsonb_build_array(jsonb_build_object('operation', :id::uuid, 'attempt', 1,
	'outcome', 'succeeded', 'reference', 'auth_' || :id, 'retry_ms', 0, 'event',
	jsonb_build_object('kind', 'authorized', 'amount', 1490))));
