#!/usr/bin/env bats
# Consumers: each event has one effect, whatever dies, repeats, reorders or is poisoned.
bats_require_minimum_version 1.5.0
load ../lib
load events

setup_file() {
	pg_start testd
	nats_start
	daemon_start testd
}

effects() { # [CONDITION]: how many effects there were, and of how many events
	pg_sql testd "SELECT count(*), count(DISTINCT event_id) FROM thing_effect WHERE ${1:-true}"
}

has_effects() { # COUNT [CONDITION]
	[ "$(effects "${2:-true}")" = "$1|$1" ]
}

job() { # COLUMNS [CONDITION]
	pg_sql testd "SELECT $1 FROM job WHERE queue = 'event:testd-take_thing' AND ${2:-true}"
}

@test "events are applied once, soon after their commit" {
	things 500
	wait_for 'has_effects 500'
	assert_equal "$(pg_sql testd "SELECT count(*) FROM inbox WHERE consumer = 'testd-take_thing'")" 500
	assert_equal "$(pg_sql testd "SELECT n FROM thing WHERE id = 'a3'")" 500
	thing single 1 '{"n": 7}'
	wait_for 'has_effects 1 "event_id IN (SELECT '"'TEST-'"' || max(id) FROM outbox)"'
	assert_equal "$(pg_sql testd "SELECT n FROM thing WHERE id = 'single'")" 7
}

@test "an event that is delivered again has no second effect" {
	local message
	message=$(stream_message "$(stream .state.last_seq)" .)
	nats_publish test.thing.made "$message"
	nats_publish test.thing.made "$message"
	thing after 1 '{}'
	wait_for 'has_effects 1 "event_id IN (SELECT '"'TEST-'"' || max(id) FROM outbox)"'
	wait_for "metric_is testd-1 'ecom_consumer_repeated_total{consumer=\"testd-take_thing\"}' 2"
	has_effects 502
}

@test "the version that comes late changes nothing" {
	thing late 2 '{"n": 2}'
	thing late 1 '{"n": 1}'
	wait_for 'has_effects 504'
	assert_equal "$(pg_sql testd "SELECT version, n FROM thing WHERE id = 'late'")" '2|2'
}

@test "a poisoned event becomes a dead job and stops no other; a retry applies it" {
	local id
	thing sick 1 '{"poison": true, "n": 5}'
	thing well 1 '{}'
	wait_for 'has_effects 505'
	wait_for "[ \"\$(job state)\" = dead ]" 15
	assert_equal "$(job "attempt, reason")" '5|P0001 ERROR:  poisoned'
	assert_equal "$(metric testd-1 'ecom_consumer_dead_total{consumer="testd-take_thing"}')" 1
	pg_sql testd 'INSERT INTO thing_cure VALUES (true)'
	id=$(job id)
	job_retry testd "$id"
	wait_for "[ \"\$(job state)\" = done ]"
	assert_equal "$(pg_sql testd "SELECT n FROM thing WHERE id = 'sick'")" 5
	has_effects 506
	pg_sql testd 'DELETE FROM thing_cure'
}

@test "a message that is no event becomes a dead job" {
	nats_publish test.thing.made 'no JSON'
	wait_for "[ \"\$(job state \"reason = 'it is no event'\")\" = dead ]"
	assert_equal "$(job "payload->>'unreadable'" "reason = 'it is no event'")" 'no JSON'
}

@test "NATS killed and back: what was written meanwhile is applied" {
	nats_stop KILL
	things 200
	nats_start
	wait_for 'has_effects 706' 20
}

@test "the stream deleted: it is made again, and events go on" {
	nats_request "\$JS.API.STREAM.DELETE.TEST" >/dev/null
	thing fresh 1 '{}'
	wait_for 'has_effects 707' 20
}

@test "the connections cut by PostgreSQL: every event is applied" {
	things 100
	pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'testd-take_thing'"
	things 100
	wait_for 'has_effects 907' 20
}

@test "killed between commit and acknowledgement: another one applies the rest, none twice" {
	daemon_start testd --instance testd-2 ECOM_FAULT=consumer.testd-take_thing.ack.before:1:kill
	process_stop testd-1 KILL
	things 300
	wait_for '! process_alive "$(process_pid testd-2)"' 20
	daemon_start testd --instance testd-3
	wait_for 'has_effects 1207' 40
}

@test "killed before the commit: nothing is lost" {
	process_stop testd-3 KILL
	daemon_start testd --instance testd-4 ECOM_FAULT=commit.testd-take_thing.before:1:kill
	thing almost 1 '{}'
	wait_for '! process_alive "$(process_pid testd-4)"' 20
	daemon_start testd --instance testd-5
	wait_for 'has_effects 1208' 40
}
