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

setup() {
	before=$(pg_sql testd 'SELECT count(*) FROM thing_effect')
}

# has_more COUNT: so many effects since the beginning of the test, and never two of one event.
has_more() {
	[ "$(pg_sql testd 'SELECT count(*), count(DISTINCT event_id) FROM thing_effect')" = \
		"$((before + $1))|$((before + $1))" ]
}

job() { # COLUMNS [CONDITION]
	pg_sql testd "SELECT $1 FROM job WHERE queue = 'event:testd-take_thing' AND ${2:-true}"
}

# With a fault the next one is killed there.
replace_daemon() { # OLD NEW [ECOM_FAULT=…]
	[ -z "$1" ] || process_stop "$1" KILL
	# It may be there before it is ready: what was applied and not acknowledged comes again.
	daemon_start testd --instance "$2" ${3:+--no-wait} "${@:3}"
}

is_dead() { # INSTANCE
	! process_alive "$(process_pid "$1")"
}

@test "events are applied once" {
	things 500
	wait_for 'has_more 500'
	assert_equal "$(pg_sql testd "SELECT count(*) FROM inbox WHERE consumer = 'testd-take_thing'")" 500
	assert_equal "$(pg_sql testd "SELECT n FROM thing WHERE id = 'a3'")" 500
}

@test "from commit to effect: milliseconds" {
	local round=0 median
	# Until other work on the machine no longer makes the difference.
	wait_for quick_enough 300 || flunk "the median of 30: $median ms"
	echo "# the median of 30: $median ms" >&3
}

quick_enough() {
	local i
	round=$((round + 1))
	for i in {1..30}; do
		FRONTEND=shop TOKEN=$(token_for test:write) api POST /v1/things -d "{\"id\":\"quick-$round-$i\"}"
		assert_status 201
	done
	wait_for "has_more $((round * 30))"
	median=$(pg_sql testd "SELECT (percentile_cont(0.5) WITHIN GROUP (ORDER BY
		extract(epoch FROM applied_at - written_at) * 1000))::int FROM thing_effect WHERE aggregate LIKE 'quick-$round-%'")
	[ "$median" -le 50 ]
}

@test "an event that is delivered again has no second effect" {
	local message known
	thing twice 1 '{}'
	wait_for 'has_more 1'
	known=$(metric testd-1 'ecom_consumer_repeated_total{consumer="testd-take_thing"}')
	message=$(stream_message "$(stream .state.last_seq)" .)
	nats_publish test.thing.made "$message"
	nats_publish test.thing.made "$message"
	wait_for "metric_is testd-1 'ecom_consumer_repeated_total{consumer=\"testd-take_thing\"}' $((known + 2))"
	has_more 1
}

@test "the version that comes late changes nothing" {
	thing late 2 '{"n": 2}'
	thing late 1 '{"n": 1}'
	wait_for 'has_more 2'
	assert_equal "$(pg_sql testd "SELECT version, n FROM thing WHERE id = 'late'")" '2|2'
}

@test "a poisoned event becomes a dead job and stops no other; a retry applies it" {
	local id
	thing sick 1 '{"poison": true, "n": 5}'
	thing well 1 '{}'
	wait_for 'has_more 1'
	wait_for "[ \"\$(job state)\" = dead ]"
	assert_equal "$(job "attempt, reason")" '5|P0001 ERROR:  poisoned'
	wait_for "metric_is testd-1 'ecom_consumer_dead_total{consumer=\"testd-take_thing\"}' 1"
	id=$(job id)
	FRONTEND=admin TOKEN=$(token_for jobs:read) api GET '/v1/testd/jobs?state=dead'
	assert_json '.data | length == 1 and .[0].id == $id and .[0].tries == 5' --arg id "$id"
	pg_sql testd 'INSERT INTO thing_cure VALUES (true)'
	job_retry "$id"
	assert_status 200
	wait_for "[ \"\$(job state)\" = done ]"
	assert_equal "$(pg_sql testd "SELECT n FROM thing WHERE id = 'sick'")" 5
	has_more 2
	job_retry "$id"
	assert_problem 409 job_done
	job_retry 00000000-0000-7000-8000-000000000000
	assert_problem 404 not_found
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
	wait_for 'has_more 200'
}

@test "the stream deleted: it is made again, and events go on" {
	nats_request "\$JS.API.STREAM.DELETE.TEST" >/dev/null
	thing fresh 1 '{}'
	wait_for 'has_more 1'
}

@test "the connections cut by PostgreSQL: every event is applied" {
	things 100
	pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'testd-take_thing'"
	things 100
	wait_for 'has_more 200'
}

@test "killed between commit and acknowledgement: another one applies the rest, none twice" {
	replace_daemon testd-1 testd-2 ECOM_FAULT=consumer.testd-take_thing.ack.before:1:kill
	things 300
	wait_for 'is_dead testd-2'
	replace_daemon '' testd-3
	wait_for 'has_more 300'
}

@test "killed before the commit: nothing is lost" {
	replace_daemon testd-3 testd-4 ECOM_FAULT=commit.testd-take_thing.before:1:kill
	thing almost 1 '{}'
	wait_for 'is_dead testd-4'
	replace_daemon '' testd-5
	wait_for 'has_more 1'
}

@test "a dead job of a worker has all its tries again, and its old claim cannot settle it" {
	local id
	daemon_start testd --instance testd-6
	id=$(pg_sql testd "INSERT INTO job (queue, payload) VALUES ('note', '\"never\"') RETURNING id")
	wait_for "[ \"\$(pg_sql testd \"SELECT state, attempt FROM job WHERE id = '$id'\")\" = 'dead|4' ]"
	job_retry "$id"
	assert_json '.state == "queued" and .tries == 0'
	wait_for "[ \"\$(pg_sql testd \"SELECT state, attempt FROM job WHERE id = '$id'\")\" = 'dead|8' ]"
}

@test "the feed passes no event whose transaction commits late" {
	local position
	feed() { FRONTEND=admin TOKEN=$(token_for events:read) api GET "/v1/testd/event-feed?prefix=test.feed.${1:+&after=$1}"; }
	INSTANCE=testd-6
	feed
	position=$(json .next)
	coproc late { "$PG_BINDIR/psql" -X -A -t -q "$(pg_url testd)" 2>&1; }
	echo "BEGIN; INSERT INTO outbox (subject, aggregate_id, version, body) VALUES ('test.feed.late', 'x', 1, '{}') RETURNING 'written';" >&"${late[1]}"
	read -r -t 60 -u "${late[0]}"
	pg_sql testd "INSERT INTO outbox (subject, aggregate_id, version, body) VALUES ('test.feed.early', 'x', 2, '{}')"
	feed "$position"
	assert_json '.data == []'
	position=$(json .next)
	echo 'COMMIT; SELECT 1;' >&"${late[1]}"
	read -r -t 60 -u "${late[0]}"
	# What other transactions of this moment hold back comes with the next look.
	wait_for 'feed "$position" && [ "$(json ".data | length")" = 2 ]'
	assert_json '[.data[].subject] == ["test.feed.late", "test.feed.early"] and .gap == false'
	feed "$(json .next)"
	assert_json '.data == []'
	echo '\q' >&"${late[1]}"
}

@test "an event that NATS would refuse is refused where it is written" {
	run pg_sql testd "INSERT INTO outbox (subject, aggregate_id, version, body)
		VALUES ('test.thing.made', 'big', 1, to_json(repeat('x', 600000)))"
	assert_contains "$output" event_too_large
}

# lots FIRST LAST: events of the consumer that lingers.
lots() { # each in a transaction
	local n
	for n in $(seq "$1" "$2"); do
		echo "INSERT INTO outbox (subject, aggregate_id, version, body) VALUES ('test.lot.made', 'l$n', 1, '{}');"
	done | pg_script
}

pg_script() {
	"$PG_BINDIR/psql" -X -A -t -q -v ON_ERROR_STOP=1 "$(pg_url testd)"
}

lots_are() {
	[ "$(pg_sql testd 'SELECT count(*) FROM lot')" = "$1" ]
}

lots_unacked() {
	nats_request "\$JS.API.CONSUMER.INFO.TEST.testd-take_lots" | jq -e ".num_ack_pending == $1" >/dev/null
}

@test "a consumer that lingers takes together what comes one by one, without an inbox" {
	lots 1 60
	wait_for 'lots_are 60'
	local together
	together=$(pg_sql testd 'SELECT count(DISTINCT xid) FROM lot')
	echo "# 60 events in $together transactions" >&3
	[ "$together" -lt 30 ]
	wait_for 'lots_unacked 0'
	assert_equal "$(pg_sql testd "SELECT count(*) FROM inbox WHERE consumer = 'testd-take_lots'")" 0
}

@test "where the statement knows what is new, an event that comes again has no second effect" {
	local message transactions
	message=$(stream_message "$(stream .state.last_seq)" .)
	transactions=$(pg_sql testd 'SELECT count(DISTINCT xid) FROM lot')
	nats_publish test.lot.made "$message"
	nats_publish test.lot.made "$message"
	lots 61 61
	wait_for 'lots_are 61'
	wait_for 'lots_unacked 0'
	assert_equal "$(pg_sql testd 'SELECT count(*), count(DISTINCT event_id) FROM lot')" '61|61'
	[ "$(pg_sql testd 'SELECT count(DISTINCT xid) FROM lot')" -gt "$transactions" ]
}

@test "a poisoned event of a batch becomes a job, and the rest of the batch is applied" {
	lots 62 70
	pg_sql testd "INSERT INTO outbox (subject, aggregate_id, version, body) VALUES ('test.lot.made', 'sick', 1, '{\"poison\": true}')"
	lots 71 80
	wait_for 'lots_are 80'
	wait_for "[ \"\$(pg_sql testd \"SELECT state FROM job WHERE queue = 'event:testd-take_lots'\")\" = dead ]"
	pg_sql testd 'INSERT INTO thing_cure VALUES (true)'
	INSTANCE=testd-6 job_retry "$(pg_sql testd "SELECT id FROM job WHERE queue = 'event:testd-take_lots'")"
	wait_for 'lots_are 81'
	pg_sql testd 'DELETE FROM thing_cure'
}

@test "killed while it lingers: the events come again, each has one effect" {
	wait_for 'lots_unacked 0'
	# With the table locked none is taken before we have seen all of them.
	coproc locker { "$PG_BINDIR/psql" -X -A -t -q "$(pg_url testd testd_owner)" 2>&1; }
	echo "BEGIN; LOCK TABLE lot; SELECT 'locked';" >&"${locker[1]}"
	read -r -t 60 -u "${locker[0]}"
	assert_equal "$REPLY" locked
	lots 82 100
	wait_for 'lots_unacked 19'
	process_stop testd-6 KILL
	echo 'COMMIT; \q' >&"${locker[1]}"
	replace_daemon '' testd-7
	wait_for 'lots_are 100'
	wait_for 'lots_unacked 0'
	lots_are 100
}
