-- A day without failures forgets the old ones.
INSERT INTO login_failure AS f (email_hash, failures, failed_at, blocked_until)
VALUES (decode(:email_hash, 'hex'), 1, now(), now())
ON CONFLICT (email_hash) DO UPDATE SET
	failures = CASE WHEN f.failed_at > now() - interval '1 day' THEN least(f.failures + 1, 1000) ELSE 1 END,
	failed_at = now(),
	blocked_until = now() + CASE WHEN f.failed_at > now() - interval '1 day'
		THEN login_delay(f.failures + 1) ELSE interval '0' END
