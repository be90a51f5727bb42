-- What other sessions can read as this one does, for as long as its transaction is open.
SELECT pg_export_snapshot() AS snapshot,
	set_config('idle_in_transaction_session_timeout', '0', true);
