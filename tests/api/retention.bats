#!/usr/bin/env bats
# Retention: what is kept for a limited time goes when it is over and not before, and one can see it.
bats_require_minimum_version 1.5.0
load ../lib

setup_file() {
	pg_start testd notifyd orderd
	nats_start
	daemon_start testd ECOM_RETENTION_EVERY=200ms ECOM_RETENTION_OUTBOX=8d ECOM_TESTD_RETENTION_JOBS=2d
}

rows() { # NAME: its row of the list
	FRONTEND=admin TOKEN=$(token_for jobs:read) api GET /v1/testd/retention
	jq -e --arg n "$1" '.data[] | select(.name == $n)' <<<"$http_body"
}

metric() { # NAME TABLE
	direct GET /metrics
	sed -n "s/^ecom_retention_$1{table=\"$2\"} //p" <<<"$http_body"
}

@test "each table keeps what its figure says, and loses what is older" {
	pg_sql testd "INSERT INTO idempotency (subject, route, key, request_hash, location, created_at)
			SELECT 'r', 'r', n::text, 'x', 'x', now() - n * interval '1 day' - interval '1 minute'
			FROM generate_series(1, 12) n" \
		"INSERT INTO outbox (subject, aggregate_id, version, body, sent_at)
			SELECT 'kept', 'kept', n, '{}', now() - n * interval '1 day' - interval '1 minute'
			FROM generate_series(1, 12) n" \
		"INSERT INTO inbox (consumer, event_id, applied_at)
			SELECT 'r', n::text, now() - n * interval '1 day' - interval '1 minute'
			FROM generate_series(10, 20) n" \
		"INSERT INTO job (queue, payload, state, settled_at)
			SELECT 'r', '{}', CASE WHEN n = 9 THEN 'dead' ELSE 'done' END,
				now() - n * interval '1 day' - interval '1 minute'
			FROM generate_series(1, 9) n"
	wait_for "[ \"\$(pg_sql testd \"SELECT count(*) FROM idempotency WHERE subject = 'r'\")\" = 6 ]"
	wait_for "[ \"\$(pg_sql testd \"SELECT count(*) FROM outbox WHERE subject = 'kept'\")\" = 7 ]"
	wait_for "[ \"\$(pg_sql testd \"SELECT count(*) FROM inbox WHERE consumer = 'r'\")\" = 5 ]"
	wait_for "[ \"\$(pg_sql testd \"SELECT string_agg(state, ' ' ORDER BY settled_at) FROM job WHERE queue = 'r'\")\" = 'dead done' ]"
}

@test "what was not published stays, however old it is" {
	# The stream has no such subject: nobody publishes it.
	pg_sql testd "INSERT INTO outbox (subject, aggregate_id, version, body, created_at)
		VALUES ('nobody.takes', 'x', 1, '{}', now() - interval '100 days')"
	local before
	before=$(rows outbox | jq -r .ran_at)
	wait_for "[ \"\$(rows outbox | jq -r .ran_at)\" != '$before' ]"
	assert_equal "$(pg_sql testd "SELECT count(*) FROM outbox WHERE subject = 'nobody.takes'")" 1
}

@test "what was removed, when and what waits is in the list and in the metrics" {
	wait_for '[ "$(metric removed_total idempotency)" = 6 ]'
	wait_for '[ "$(metric removed_total outbox)" -ge 5 ]'
	wait_for '[ "$(metric oldest_seconds inbox | cut -d . -f 1)" -gt $((13 * 86400)) ]'
	wait_for "rows idempotency | jq -e '.total == 6 and .kept_seconds == 604800 and .oldest_seconds > 500000 and
		.error == null and .ran_at > .removed_at'"
	wait_for "rows jobs | jq -e '.kept_seconds == 2 * 86400 and .total == 7'"
	rows outbox | jq -e '.kept_seconds == 8 * 86400'
}

@test "figures that would give an event its effect twice stop the start" {
	run -1 env ECOM_RETENTION_OUTBOX=10d "$LIBEXEC/testd" --check-config
	assert_contains "$output" 'retention_inbox must be at least'
	assert_contains "$output" '17d'
	run -0 env ECOM_RETENTION_OUTBOX=10d ECOM_RETENTION_INBOX=17d "$LIBEXEC/testd" --check-config
	run -1 env ECOM_RETENTION_INBOX=13d "$LIBEXEC/testd" --check-config
}

@test "of messages the texts go first, then the rows; what is to be sent stays" {
	daemon_start notifyd ECOM_RETENTION_EVERY=200ms ECOM_NOTIFYD_MAILDIR="$SCRATCH/home/mail"
	pg_sql notifyd "INSERT INTO notification (key, template, category, recipient, subject, text, data, status,
			due_at, created_at)
		SELECT 'kept:' || n || status, 'test', 'order', 'a@example.com', 'Hello', 'You', '{}', status,
			now() + interval '1 day', now() - n * interval '1 day'
		FROM unnest(ARRAY[1, 100, 400]) n, unnest(ARRAY['sent', 'dead', 'queued']) status"
	wait_for "[ \"\$(pg_sql notifyd \"SELECT count(*) FROM notification WHERE key LIKE 'kept:%'\")\" = 7 ]"
	wait_for "[ \"\$(pg_sql notifyd \"SELECT string_agg(key, ' ' ORDER BY key) FROM notification
		WHERE key LIKE 'kept:%' AND recipient = '' AND data IS NULL AND text IS NULL AND subject = ''\")\" = \
		'kept:100dead kept:100sent' ]"
	assert_equal "$(pg_sql notifyd "SELECT count(*) FROM notification WHERE text = 'You'")" 5
	daemon_stop notifyd-1
}

@test "drafts that nobody touches go, placed ones stay" {
	daemon_start orderd ECOM_RETENTION_EVERY=200ms ECOM_RETENTION_DRAFTS=10d
	pg_sql orderd "INSERT INTO order_draft (id, status, owner, email, body, lines, order_id, created_by, updated_at)
		SELECT gen_random_uuid(), status, 'o', 'a@example.com', '{}', '[]',
			CASE status WHEN 'placed' THEN gen_random_uuid() END, 'staff', now() - n * interval '1 day'
		FROM unnest(ARRAY[9, 11]) n, unnest(ARRAY['open', 'placed']) status"
	wait_for "[ \"\$(pg_sql orderd \"SELECT string_agg(status, ' ' ORDER BY status) FROM order_draft\")\" = 'open placed placed' ]"
	daemon_stop orderd-1
}

@test "what the catalogue said goes when it is old" {
	daemon_start orderd ECOM_RETENTION_EVERY=200ms
	pg_sql orderd "INSERT INTO return_quote SELECT 'Q' || n, false, NULL, NULL, now() - n * interval '1 hour'
			FROM unnest(ARRAY[23, 25]) n" \
		"INSERT INTO product_category SELECT 'C' || n, '{}', now() - n * interval '1 hour'
			FROM unnest(ARRAY[47, 49]) n"
	wait_for "[ \"\$(pg_sql orderd \"SELECT string_agg(sku, ' ' ORDER BY sku) FROM (SELECT sku FROM return_quote
		UNION ALL SELECT sku FROM product_category) x\")\" = 'C47 Q23' ]"
	daemon_stop orderd-1
}
