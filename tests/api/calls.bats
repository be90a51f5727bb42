#!/usr/bin/env bats
# Workers on tables of their own, calls to the outside, calls to other services, fault points.
bats_require_minimum_version 1.5.0
load ../lib

setup_file() {
	pg_start testd userd
	nats_start
	scratch_make
	process_start http "$LIBEXEC/http-double" "$SCRATCH/run/http"
	wait_for "[ -s $SCRATCH/run/http ]"
	FAR=http://$(<"$SCRATCH/run/http")
	mkdir "$SCRATCH/faults"
	openssl rand -hex 32 >"$SCRATCH/secrets/testd"
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$SCRATCH/faults" "$SCRATCH/secrets/testd"
	bootstrap_client testd "$(<"$SCRATCH/secrets/testd")"
	export FAR
	daemon_start userd
	testd_start
}

testd_start() { # [KEY=VALUE…]
	daemon_start testd ECOM_INTERNAL_URL="$FAR" ECOM_CLIENT_SECRET_FILE="$SCRATCH/secrets/testd" \
		ECOM_PEER_TIMEOUT=8s ECOM_DRAIN_LEAST=0 ECOM_FAULT="@$SCRATCH/faults" "$@"
}

setup() {
	export SERVICE=testd INSTANCE=testd-1
}

# --- workers --------------------------------------------------------------------------------------

# The lease of who was killed, which is longer than a test should take.
lease_ends() { # TABLE
	assert_equal "$(pg_sql testd "SELECT count(*) FROM $1 WHERE state = 'new' AND due_at > now() + interval '1 minute'")" 0
	pg_sql testd "UPDATE $1 SET due_at = now() WHERE state = 'new'"
}

items() { # STATE
	pg_sql testd "SELECT count(*) FROM item WHERE state = '$1'"
}

@test "a batch worker takes rows in batches and works on each once" {
	pg_sql testd 'INSERT INTO item SELECT generate_series(1, 100)'
	wait_for '[ "$(items "done")" = 100 ]'
	assert_equal "$(pg_sql testd 'SELECT DISTINCT attempt FROM item')" 1
	assert_equal "$(pg_sql testd 'SELECT max(batch_size) FROM item')" 8
}

@test "a batch worker killed before and after its commit: the rest is done by the next one" {
	local place
	for place in before after; do
		pg_sql testd 'TRUNCATE item'
		fault_arm "commit.items.$place:2:kill"
		pg_sql testd 'INSERT INTO item SELECT generate_series(1, 40)'
		wait_for '! process_alive "$(process_pid testd-1)"'
		assert_equal "$(items "done")" "$([ $place = before ] && echo 8 || echo 16)"
		lease_ends item
		testd_start
		wait_for '[ "$(items "done")" = 40 ]'
	done
}

@test "a commit whose answer is lost is not worked on again" {
	pg_sql testd 'TRUNCATE item'
	fault_arm commit.items.after:1:fail
	pg_sql testd 'INSERT INTO item SELECT generate_series(1, 8)'
	wait_for '[ "$(items "done")" = 8 ] && [ ! -e "$SCRATCH/faults/testd" ]'
	assert_equal "$(pg_sql testd 'SELECT DISTINCT attempt FROM item')" 1
}

# --- calls to the outside -------------------------------------------------------------------------

call() { # ID PATH [BODY]
	pg_sql testd "INSERT INTO call (id, url, body) VALUES ('$1', '$FAR$2', nullif('${3:-}', ''))"
}

called() { # ID: status, settlements, attempts, reason
	pg_sql testd "SELECT status, settled, attempt, why FROM call WHERE id = '$1' AND state = 'done'"
}

requests() { # ID: how many requests had its key
	grep -c " $1 [0-9]*$" "$SCRATCH/log/http.log"
}

@test "a call is made once, with its key, and settled" {
	call plain /v1/things '{"a":1}'
	wait_for '[ -n "$(called plain)" ]'
	assert_equal "$(called plain)" '200|1|1|'
	assert_equal "$(grep -c '^POST /v1/things plain ' "$SCRATCH/log/http.log")" 1
}

@test "errors are answers; redirects are not followed" {
	call error /status/500
	call redirect /redirect
	wait_for '[ -n "$(called error)" ] && [ -n "$(called redirect)" ]'
	assert_equal "$(called error)" '500|1|1|'
	assert_equal "$(called redirect)" '302|1|1|'
	run ! grep -q /moved "$SCRATCH/log/http.log"
}

@test "slow calls do not wait for each other: 64 are in flight, and not more" {
	pg_sql testd "INSERT INTO call (id, url) SELECT 'many' || n, '$FAR/slow/1500' FROM generate_series(1, 128) n"
	local most
	wait_for "[ \"\$(pg_sql testd \"SELECT count(*) FROM call WHERE id LIKE 'many%' AND status = 200\")\" = 128 ]"
	most=$(grep -o 'many[0-9]* [0-9]*$' "$SCRATCH/log/http.log" | cut -d' ' -f2 | sort -n | tail -n 1)
	[ "$most" -gt 32 ] && [ "$most" -le 64 ]
	assert_equal "$(pg_sql testd "SELECT DISTINCT settled, attempt FROM call WHERE id LIKE 'many%'")" '1|1'
	direct GET /metrics
	assert_contains "$http_body" 'ecom_outbound_calls_total{call="call",answered="yes"}'
}

@test "no answer, a late one and a long one are an unknown outcome, with the reason" {
	call drop /drop
	call slow /slow/6000000
	call big /big/2000000
	call fits /big/1000000
	wait_for '[ -n "$(called drop)" ] && [ -n "$(called slow)" ] && [ -n "$(called big)" ] &&
		[ -n "$(called fits)" ]'
	assert_equal "$(called drop | cut -d'|' -f1-3)" '0|1|1'
	[[ $(called slow) == '0|1|1|'*'timed out'* ]]
	[[ $(called big) == '0|1|1|the answer is longer than 1048576 bytes' ]]
	assert_equal "$(called fits)" '200|1|1|'
	assert_equal "$(pg_sql testd "SELECT answer_length FROM call WHERE id IN ('big', 'fits') ORDER BY id")" \
		$'0\n1000000'
}

@test "nobody listens, no address, another protocol" {
	pg_sql testd "INSERT INTO call (id, url) VALUES ('refused', 'http://127.0.0.1:1/'), ('none', 'none'),
		('file', 'file:///etc/hostname')"
	wait_for '[ -n "$(called refused)" ] && [ -n "$(called none)" ] && [ -n "$(called file)" ]'
	[[ $(called refused) == '0|1|1|'*onnect* ]]
	assert_equal "$(called none)" '0|1|1|there is no address'
	[[ $(called file) == '0|1|1|'*rotocol* ]]
}

@test "what was not called has nothing of the call before it, and its reason can be stored whatever it is" {
	call before /big/1000
	wait_for '[ -n "$(called before)" ]'
	pg_sql testd "INSERT INTO call (id, url) VALUES ('after', 'none'),
		('cut', 'none' || chr(27) || repeat('ö', 100))"
	wait_for '[ -n "$(called after)" ] && [ -n "$(called cut)" ]'
	assert_equal "$(pg_sql testd "SELECT max(answer_length) FROM call WHERE id IN ('after', 'cut')")" 0
	[[ $(called cut) == '0|1|1|there is no address???'* ]]
}

@test "killed before a call, after it, and after its settlement: called again with the same key, settled once" {
	local point
	for point in outbound.call.before outbound.call.after statement.settle_call.before statement.settle_call.after \
		statement.claim_calls.after; do
		fault_arm "$point:1:kill"
		call "$point" /v1/killed '{}'
		wait_for '! process_alive "$(process_pid testd-1)"'
		lease_ends call
		testd_start
		wait_for "[ -n \"\$(called $point)\" ]"
		assert_equal "$(pg_sql testd "SELECT status, settled FROM call WHERE id = '$point'")" '200|1'
	done
	assert_equal "$(requests outbound.call.before) $(requests outbound.call.after) $(requests statement.settle_call.before)" '1 2 2'
	assert_equal "$(requests statement.settle_call.after) $(requests statement.claim_calls.after)" '1 1'
}

@test "a call that is not made and an answer that is lost are unknown outcomes" {
	fault_arm outbound.call.before:1:fail
	call notmade /v1/notmade '{}'
	wait_for '[ -n "$(called notmade)" ]'
	assert_equal "$(called notmade)" '0|1|1|fault point'
	run ! grep -q /v1/notmade "$SCRATCH/log/http.log"
	fault_arm outbound.call.after:1:fail
	call lost /v1/lost '{}'
	wait_for '[ -n "$(called lost)" ]'
	assert_equal "$(called lost)" '0|1|1|fault point'
	assert_equal "$(requests lost)" 1
}

@test "calls in flight do not hold up the end of the process, and are made again" {
	call leaving /second
	wait_for '[ "$(requests leaving)" = 1 ]'
	process_stop testd-1
	assert_equal "$(called leaving)" ''
	testd_start
	wait_for '[ -n "$(called leaving)" ]'
	assert_equal "$(called leaving)" '200|1|2|'
}

# --- calls to other services ----------------------------------------------------------------------

peer() { # {"method","path","body"}…
	api POST /v1/peer-calls -d "$(jq -s -c '{calls: .}' <<<"$*")"
	assert_status 200
}

@test "a call carries the daemon's own token for the audience internal" {
	peer '{"method":"POST","path":"/v1/quotes","body":{"width":3}}'
	assert_json '.answers[0].status == 200 and .answers[0].body.method == "POST"'
	assert_json '.answers[0].body.path == "/v1/quotes" and .answers[0].body.body == "{\"width\":3}"'
	local payload
	payload=$(json '.answers[0].body.authorization' | sed 's/^Bearer //' | cut -d. -f2 | tr -- '-_' '+/')
	while [ $((${#payload} % 4)) != 0 ]; do payload+='='; done
	assert_equal "$(base64 -d <<<"$payload" | jq -r '[.sub, .aud] | join(" ")')" 'client:testd internal'
}

@test "calls of one list run side by side, with one token" {
	peer '{"path":"/slow/2000"}' '{"path":"/slow/2001"}' '{"path":"/slow/2002"}'
	assert_json '[.answers[].status] == [200, 200, 200]'
	assert_json '[.answers[].body.authorization] | unique | length == 1'
	# Besides those that tests before left waiting.
	assert_equal "$(grep -E '^GET /slow/200[0-2] ' "$SCRATCH/log/http.log" | awk '{ print $NF }' | sort -n |
		awk 'NR == 1 { first = $1 } { print $1 - first }' | xargs)" '0 1 2'
}

@test "more calls than go at once are all made, and each answer is at its place" {
	local calls
	calls=$(for ((i = 0; i < 20; i++)); do echo "{\"path\":\"/n/$i\"}"; done)
	peer "$calls"
	assert_json '[.answers[].body.path] == [range(20) | "/n/\(.)"]'
}

@test "errors and silence are told apart" {
	peer '{"path":"/status/409"}' '{"path":"/drop"}' '{"path":"/slow/6000000"}' '{"path":"/big/9000000"}' '{"path":"/big/5"}'
	assert_json '.answers[0] | .status == 409 and .why == "409 double: What the path asked for"'
	assert_json '.answers[1] | .status == 0 and .why != ""'
	assert_json '.answers[2] | .status == 0 and (.why | contains("timed out"))'
	assert_json '.answers[3] | .status == 0 and (.why | contains("longer than"))'
	assert_json '.answers[4] | .status == 200 and .body == null and .why == ""'
}

@test "a token that is refused is replaced once" {
	peer '{"path":"/first401"}' '{"path":"/v1/other"}'
	assert_json '[.answers[].status] == [200, 200]'
	assert_json '.answers[0].body.authorization != .answers[1].body.authorization'
	peer '{"path":"/status/401"}'
	assert_json '.answers[0].status == 401'
}

@test "userd away: a token that lives serves; without one the reason is told, and userd's return is enough" {
	peer '{"path":"/v1/before"}'
	daemon_stop userd-1 KILL
	peer '{"path":"/v1/during"}'
	assert_json '.answers[0].status == 200'
	peer '{"path":"/status/401"}'
	assert_json '.answers[0].status == 0 and (.answers[0].why | startswith("no token: "))'
	daemon_start userd
	setup
	wait_for 'peer "{\"path\":\"/v1/after\"}" && [ "$(json ".answers[0].status")" = 200 ]'
}

@test "fault points of calls: not made, and the answer lost" {
	fault_arm 'call.PUT /v1/holds/{id}.before:1:fail'
	peer '{"method":"PUT","path":"/v1/holds/0190c0de-0000-7000-8000-000000000001"}'
	assert_json '.answers[0].status == 0 and .answers[0].why == "fault point"'
	run ! grep -q '^PUT ' "$SCRATCH/log/http.log"
	fault_arm 'call.PUT /v1/holds/{id}.after:1:fail'
	peer '{"method":"PUT","path":"/v1/holds/0190c0de-0000-7000-8000-000000000001"}'
	assert_json '.answers[0].status == 0 and .answers[0].why == "fault point"'
	assert_equal "$(grep -c '^PUT ' "$SCRATCH/log/http.log")" 1
}

# --- fault points ---------------------------------------------------------------------------------

# fault_arm POINT:NTH:ACTION: from the next pass on.
fault_arm() {
	echo "$1" >"$SCRATCH/faults/.new"
	mv "$SCRATCH/faults/.new" "$SCRATCH/faults/testd"
}

widget() { # CODE
	TOKEN=$(token_for test:write) FRONTEND=admin api POST /v1/widgets -d "{\"code\":\"$1\",\"label\":\"x\"}"
}

widgets() { # CODE
	pg_sql testd "SELECT count(*) FROM widget WHERE code = '$1'"
}

@test "a statement of a request before and after: lost connection, and the process goes on" {
	fault_arm statement.create_widget.before:1:fail
	widget BEFORE
	assert_problem 503 unavailable
	assert_equal "$(widgets BEFORE)" 0
	wait_for 'widget BETWEEN && [ "$http_status" = 201 ]'
	fault_arm statement.create_widget.after:1:fail
	widget AFTER
	assert_problem 503 unavailable
	assert_equal "$(widgets AFTER)" 1
	wait_for 'widget LAST && [ "$http_status" = 201 ]'
}

@test "what was passed is written down, and --fault-points tells of all" {
	local points
	points=$("$LIBEXEC/testd" --fault-points)
	assert_contains "$points" $'statement.claim_items.before\nstatement.claim_items.after'
	assert_contains "$points" $'outbound.call.before\noutbound.call.after'
	assert_contains "$points" relay.publish.after
	grep -qx statement.claim_items.after "$SCRATCH/faults/testd.passed"
	# Besides calls, which are other services' rows, and commits of workers nothing is passed that is
	# not told.
	run grep -vxF -e "$points" "$SCRATCH/faults/testd.passed"
	run grep -vE '^(call|commit)\.' <<<"$output"
	assert_equal "$output" ''
}

@test "ECOM_FAULT of another form stops the start" {
	daemon_stop testd-1
	run env ECOM_FAULT=statement.x.before:0:kill ECOM_DATABASE_URL=x "$LIBEXEC/testd"
	assert_equal "$status" 1
	assert_contains "$output" 'ECOM_FAULT is not POINT:NTH:ACTION'
	run env ECOM_FAULT=statement.x.before:1:explode ECOM_DATABASE_URL=x "$LIBEXEC/testd"
	assert_equal "$status" 1
}
