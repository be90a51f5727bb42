-- One row always: an unknown address must look like a known one.
SELECT u.id AS user_id, u.password_hash,
	greatest(0, ceil(extract(epoch FROM f.blocked_until - clock_timestamp())))::int AS wait_seconds
FROM (SELECT) AS one
LEFT JOIN users u ON u.email = :email
LEFT JOIN login_failure f ON f.email_hash = decode(:email_hash, 'hex')
