#!/usr/bin/env bats
# What stalls, floods or never ends: every wait has a limit, and nobody is kept waiting by others.
load ../lib

# Short ones are for those tests that wait for them; others should not meet them on a slow machine.
TIMES=(ECOM_TASK_THREADS=1 ECOM_DRAIN_LEAST=50ms ECOM_DRAIN_MOST=500ms ECOM_BODY_MAX=16777216)

setup_file() {
	pg_start testd
	daemon_start testd "${TIMES[@]}"
	WRITER=$(token_for test:write)
	export WRITER
}

setup() {
	CODE=L-$BATS_TEST_NUMBER
	[ "$BATS_TEST_NUMBER" = 1 ] || daemon_wait_ready testd-1
}

teardown() {
	pg_signal CONT
}

# pg_signal SIGNAL: to the server and all its processes.
pg_signal() {
	local server
	server=$(process_pid postgres)
	kill "-$1" "$server"
	# Some may end meanwhile.
	# shellcheck disable=SC2046
	kill "-$1" $(pgrep -P "$server") || true
}

restart() { # [KEY=VALUE…]
	daemon_stop testd-1
	daemon_start testd "${TIMES[@]}" "$@"
}

by_task() { # KEY
	TOKEN=$WRITER FRONTEND=admin api POST /v1/widgets-by-task -H "Idempotency-Key: $1" \
		-d "{\"code\":\"$1\",\"label\":\"x\"}"
}

# The daemon's memory in KiB.
memory() {
	awk '/^VmRSS/ {print $2}' "/proc/$(process_pid testd-1)/status"
}

# connect [address|direct_address]: a bare connection on descriptor 5.
connect() {
	local where
	where=$(daemon_address testd-1 "${1:-address}")
	exec 5<>"/dev/tcp/${where%:*}/${where#*:}"
}

@test "a database that hangs: tasks and statements are answered 503 in time, and well afterwards" {
	restart ECOM_TASK_TIMEOUT=3s ECOM_READ_TIMEOUT=3s
	by_task "$CODE-A"
	assert_status 201
	pg_signal STOP
	by_task "$CODE-B"
	assert_problem 503 unavailable
	api GET /v1/widgets/00000000-0000-7000-8000-00000000dead
	assert_problem 503 unavailable
	pg_signal CONT
	restart
	daemon_wait_ready testd-1
	by_task "$CODE-B"
	assert_status 201
}

@test "connections that are lost all at once are back at once" {
	local i
	for i in {1..128}; do
		echo "url = \"http://$(daemon_address)/v1/open-widgets\""
		echo 'output = "/dev/null"'
	done >"$BATS_TEST_TMPDIR/urls"
	# Until other work on the machine no longer makes the difference.
	wait_for back_at_once
}

# However many are lost, it is one failure: the first step of the back-off, not its last one.
back_at_once() {
	# While the table is locked, statements need all the connections that there may be.
	coproc locker { "$PG_BINDIR/psql" -X -A -t -q "$(pg_url testd testd_owner)" 2>&1; }
	echo "BEGIN; LOCK TABLE widget; SELECT 'locked';" >&"${locker[1]}"
	read -r -t 60 -u "${locker[0]}"
	assert_equal "$REPLY" locked
	curl -sS --no-progress-meter --parallel --parallel-immediate --parallel-max 128 \
		-H "@$SCRATCH/secrets/gateway-testd.header" -H 'X-Ecom-Frontend: shop' \
		-H 'Content-Type: application/json' -d "{\"code\":\"$CODE\",\"label\":\"x\"}" \
		-K "$BATS_TEST_TMPDIR/urls" 3>&- &
	local curl=$!
	wait_for '[ "$(connections)" -gt 16 ]'
	pg_sql postgres "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'testd-1'"
	echo 'COMMIT; \q' >&"${locker[1]}"
	wait_for 'api GET /v1/widgets; [ "$http_status" = 200 ]' 1 && wait "$curl"
}

connections() {
	pg_sql postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'testd-1'"
}

@test "a transaction whose connection was lost stores nothing" {
	api POST /v1/cut
	assert_json '.begun and (.stored | not) and (.committed | not)'
	assert_equal "$(pg_sql testd "SELECT count(*) FROM worked WHERE payload::text = '\"cut\"'")" 0
	api POST /v1/cut
	assert_json .begun
}

@test "statements in a line behind slow ones keep their time" {
	local i
	restart ECOM_READ_TIMEOUT=250ms
	for i in {1..30}; do
		echo "url = \"http://$(daemon_address)/v1/fail/slow\""
		echo 'output = "/dev/null"'
	done >"$BATS_TEST_TMPDIR/urls"
	assert_equal "$(curl -sS --no-progress-meter --parallel --parallel-immediate --parallel-max 30 \
		-H "@$SCRATCH/secrets/gateway-testd.header" -H 'X-Ecom-Frontend: shop' \
		-w '%{http_code}\n' -K "$BATS_TEST_TMPDIR/urls" | sort | uniq -c | tr -s ' ')" ' 30 504'
	restart
}

@test "a migration that changes the type of a column does not fail requests" {
	local type
	TOKEN=$WRITER FRONTEND=admin api POST /v1/widgets -d "{\"code\":\"$CODE\",\"label\":\"x\"}"
	local path
	path=$(header location)
	for type in integer bigint; do
		for _ in 1 2 3 4; do
			api GET "$path"
			assert_status 200
		done
		pg_sql testd "ALTER TABLE widget ALTER COLUMN version TYPE $type"
		for _ in 1 2 3 4; do
			api GET "$path"
			assert_status 200
		done
	done
}

@test "the same for statements of a task" {
	by_task "$CODE-A"
	assert_status 201
	pg_sql testd 'ALTER TABLE widget ALTER COLUMN version TYPE integer'
	local i
	for i in B C D E; do
		by_task "$CODE-$i"
		assert_status 201
	done
	pg_sql testd 'ALTER TABLE widget ALTER COLUMN version TYPE bigint'
}

@test "the body of a request that is refused anyway is not kept" {
	local before i
	before=$(memory)
	for i in 1 2 3 4; do
		mkfifo "$BATS_TEST_TMPDIR/body-$i"
		curl -s -o /dev/null -T - -X POST -H "@$SCRATCH/secrets/gateway-testd.header" \
			-H 'X-Ecom-Frontend: admin' -H 'Content-Type: application/json' -H 'Expect:' \
			"http://$(daemon_address)/v1/widgets" <"$BATS_TEST_TMPDIR/body-$i" 3>&- &
		exec 6>"$BATS_TEST_TMPDIR/body-$i"
		head -c 15000000 /dev/zero >&6
		eval "exec $((i + 10))>&6"
	done
	local grown=$(($(memory) - before))
	exec 6>&- 11>&- 12>&- 13>&- 14>&-
	wait
	[ "$grown" -lt 20000 ] || flunk "4 bodies of 15 MB took $grown KiB"
}

@test "a body that does not come to its end is cut off" {
	head -c 3000000 /dev/zero >"$BATS_TEST_TMPDIR/body"
	restart ECOM_BODY_TIME=500ms
	run curl -s --limit-rate 20K --max-time 100 -o /dev/null -H 'Expect:' \
		--data-binary "@$BATS_TEST_TMPDIR/body" "http://$(daemon_address)/v1/echo"
	[ "$status" != 0 ] && [ "$status" != 28 ] || flunk "curl ended with $status"
	restart
}

@test "who floods one listener does not keep the others waiting" {
	connect direct_address
	for _ in {1..500}; do
		printf 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
	done >"$BATS_TEST_TMPDIR/many"
	(exec 3>&-; while cat "$BATS_TEST_TMPDIR/many" >&5 2>/dev/null; do :; done) &
	local flood=$!
	(exec 3>&-; exec cat <&5 >/dev/null) &
	local reader=$! i best=60000000
	for i in {1..20}; do
		local from=${EPOCHREALTIME/./}
		api GET /v1/widgets
		assert_status 200
		local took=$((${EPOCHREALTIME/./} - from))
		[ "$took" -ge "$best" ] || best=$took
	done
	# All were answered while the flood went on, and other work on the machine does not delay each of them.
	kill -0 "$flood"
	kill "$flood" "$reader"
	exec 5>&-
	[ "$best" -lt 2000000 ] || flunk "each took $best microseconds or more"
}

@test "a request id that is none is replaced, and errors name fields of any length" {
	direct GET /nothing -H $'X-Request-Id: \xff\xfe'
	assert_problem 404 not_found
	assert_json '.request_id | length == 36'
	direct GET /nothing -H 'X-Request-Id: one-of-ours'
	assert_json '.request_id == "one-of-ours"'
	local name
	name=$(printf 'ä%.0s' {1..100})
	api POST /v1/echo -d "{\"x$name\":1,\"a/b~c\":1}"
	assert_problem 422 validation
	assert_json '[.errors[] | select(.code == "unknown_field") | .pointer] |
		length == 2 and (.[0] | startswith("/xää")) and .[1] == "/a~1b~0c"'
}

@test "a form with U+0000 is malformed" {
	printf 'code=A\0B&label=x' >"$BATS_TEST_TMPDIR/form"
	api POST /v1/echo -H 'Content-Type: application/x-www-form-urlencoded' \
		--data-binary "@$BATS_TEST_TMPDIR/form"
	assert_problem 400 bad_request
}

@test "health checks do not keep a draining instance" {
	local direct checks
	daemon_stop testd-1
	daemon_start testd "${TIMES[@]}" ECOM_DRAIN_MOST=10m
	direct=$(daemon_address testd-1 direct_address)
	(exec 3>&-; while curl -s -o /dev/null "http://$direct/readyz"; do :; done) &
	checks=$!
	process_stop testd-1
	wait "$checks"
	daemon_start testd "${TIMES[@]}"
}

@test "there are descriptors for all connections that are allowed" {
	daemon_stop testd-1
	(ulimit -Sn 300; daemon_start testd "${TIMES[@]}" ECOM_CONNECTIONS_MAX=700)
	[ "$(awk '/^Max open files/ {print $4}' "/proc/$(process_pid testd-1)/limits")" -ge 1400 ]
}

@test "old keys go in parts, however many there are" {
	daemon_stop testd-1
	pg_sql testd "INSERT INTO idempotency (subject, route, key, request_hash, location, created_at)
		SELECT 'x', 'x', n::text, 'x', 'x', now() - n % 14 * interval '1 day 1 minute' FROM generate_series(0, 27999) n"
	daemon_start testd "${TIMES[@]}"
	wait_for "[ \"\$(pg_sql testd \"SELECT count(*) FROM idempotency WHERE subject = 'x'\")\" = 14000 ]"
}

@test "requests that never end do not keep a draining instance for ever" {
	local slow
	daemon_stop testd-1
	daemon_start testd "${TIMES[@]}" ECOM_TASK_TIMEOUT=60s
	pg_signal STOP
	(by_task "$CODE" || true) &
	slow=$!
	wait_for '[ "$(direct GET /metrics; sed -n "s/^ecom_http_requests_active //p" <<<"$http_body")" = 2 ]'
	process_stop testd-1
	grep -q 'not finished within drain_most' "$SCRATCH/log/testd-1.log"
	wait "$slow"
	pg_signal CONT
	daemon_start testd
}
