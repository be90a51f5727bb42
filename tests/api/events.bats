#!/usr/bin/env bats
# The outbox relay: every row reaches JetStream once and in order, whoever is killed meanwhile.
bats_require_minimum_version 1.5.0
load ../lib
load events

setup_file() {
	pg_start testd
	nats_start
	daemon_start testd
}

@test "a stream is made, and rows arrive in order with their ids" {
	things 600
	wait_for all_sent
	assert_equal "$(stream .state.messages)" 600
	assert_equal "$(stream '.config | [.storage, .subjects[0], .max_age, .duplicate_window] | join(" ")')" \
		'file test.> 604800000000000 120000000000'
	local first last
	first=$(pg_sql testd 'SELECT min(id) FROM outbox')
	last=$(pg_sql testd 'SELECT max(id) FROM outbox')
	assert_equal "$(stream_message 1 .id)" "TEST-$first"
	assert_equal "$(stream_message 600 .id)" "TEST-$last"
	assert_equal "$(stream_message 600 '[.subject, .aggregate, .version, .data.n] | join(" ")')" \
		'test.thing.made a5 600 600'
	[[ $(stream_message 1 .time) =~ ^20[0-9-]*T[0-9:.]*Z$ ]]
}

@test "NATS killed and back: what was written meanwhile is sent" {
	local before
	before=$(stream .state.messages)
	nats_stop KILL
	things 300
	nats_start
	wait_for all_sent
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
	things 2000
	process_stop testd-1 KILL
	things 500
	wait_for all_sent
	assert_equal "$(stream .state.messages)" $((before + 2500))
}

@test "the connection of the relay cut by PostgreSQL: it goes on" {
	local before
	before=$(stream .state.messages)
	pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay'"
	things 50
	wait_for all_sent
	assert_equal "$(stream .state.messages)" $((before + 50))
}
