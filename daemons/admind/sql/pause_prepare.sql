-- A transaction that holds its locks while others copy. When we and a writer wait for each other it is us who
-- gives up; whoever is no superuser has only :patience for that.
SELECT set_config('idle_in_transaction_session_timeout', '0', true),
	set_config('statement_timeout', :patience::text, true),
	CASE WHEN rolsuper THEN set_config('deadlock_timeout', '100ms', true) END
FROM pg_roles WHERE rolname = current_user;
