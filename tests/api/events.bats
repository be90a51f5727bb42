#!/usr/bin/env bats
# The outbox relay: every row reaches JetStream once and in order, whoever is killed meanwhile.
bats_require_minimum_version 1.5.0
load ../lib

setup_file() {
	pg_start testd
	nats_start
	daemon_start testd
}

# nats_request SUBJECT [TEXT]: the answer's text, by the protocol itself.
nats_request() {
	local line size
	exec 7<>"/dev/tcp/127.0.0.1/$NATS_PORT"
	printf 'CONNECT {"verbose":false}\r\nSUB _INBOX.test 1\r\nPUB %s _INBOX.test %d\r\n%s\r\n' \
		"$1" "${#2}" "${2:-}" >&7
	while IFS= read -r -t 5 line <&7; do
		[[ $line == MSG* ]] || continue
		size=${line%$'\r'}
		head -c "${size##* }" <&7
		break
	done
	exec 7>&-
}

stream() { # JQ FILTER
	nats_request "\$JS.API.STREAM.INFO.TEST" | jq -r "$1"
}

message() { # SEQUENCE JQ FILTER
	nats_request "\$JS.API.STREAM.MSG.GET.TEST" "{\"seq\":$1}" | jq -r '.message.data' |
		base64 -d | jq -r "$2"
}

events() { # COUNT
	pg_sql testd "INSERT INTO outbox (subject, aggregate_id, version, body)
		SELECT 'test.thing.made', 'a' || n % 7, n, json_build_object('n', n)
		FROM generate_series(1, $1) AS n"
}

all_sent() {
	[ "$(pg_sql testd 'SELECT count(*) FROM outbox WHERE sent_at IS NULL')" = 0 ]
}

@test "a stream is made, and rows arrive in order with their ids" {
	events 600
	wait_for all_sent
	assert_equal "$(stream .state.messages)" 600
	assert_equal "$(stream '.config | [.storage, .subjects[0], .max_age, .duplicate_window] | join(" ")')" \
		'file test.> 604800000000000 120000000000'
	local first last
	first=$(pg_sql testd 'SELECT min(id) FROM outbox')
	last=$(pg_sql testd 'SELECT max(id) FROM outbox')
	assert_equal "$(message 1 .id)" "TEST-$first"
	assert_equal "$(message 600 .id)" "TEST-$last"
	assert_equal "$(message 600 '[.subject, .aggregate, .version, .data.n] | join(" ")')" \
		'test.thing.made a5 600 600'
	[[ $(message 1 .time) =~ ^20[0-9-]*T[0-9:.]*Z$ ]]
}

@test "NATS killed and back: what was written meanwhile is sent" {
	local before
	before=$(stream .state.messages)
	nats_stop KILL
	events 300
	nats_start
	wait_for all_sent 20
	assert_equal "$(stream .state.messages)" $((before + 300))
}

@test "rows that were published but not marked are not events twice" {
	local before
	before=$(stream .state.messages)
	pg_sql testd 'UPDATE outbox SET sent_at = NULL WHERE id IN (SELECT id FROM outbox ORDER BY id DESC LIMIT 100)'
	wait_for all_sent
	assert_equal "$(stream .state.messages)" "$before"
}

@test "the relay that was killed is followed by another, and no event is lost or doubled" {
	local before
	before=$(stream .state.messages)
	daemon_start testd --instance testd-2
	events 2000
	process_stop testd-1 KILL
	events 500
	wait_for all_sent 20
	assert_equal "$(stream .state.messages)" $((before + 2500))
}

@test "the connection of the relay cut by PostgreSQL: it goes on" {
	local before
	before=$(stream .state.messages)
	pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay'"
	events 50
	wait_for all_sent 20
	assert_equal "$(stream .state.messages)" $((before + 50))
}
