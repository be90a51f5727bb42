#!/usr/bin/env bats
# Answers that take time: held ones, those that need something first, and Prefer: wait.
load ../lib

setup_file() {
	pg_start testd
	daemon_start testd ECOM_WAITERS_MAX=3
	TOKEN=$(token_for test:write)
	export TOKEN
}

# gadget [curl arguments]: in the background, one per call; the answer in $BATS_TEST_TMPDIR/N.
gadget_later() { # N [curl arguments]
	local n=$1
	shift
	curl -sS -o "$BATS_TEST_TMPDIR/$n.body" -D "$BATS_TEST_TMPDIR/$n.headers" \
		-w '%{http_code} %{time_total}' -H "@$SCRATCH/secrets/gateway-testd.header" \
		-H 'X-Ecom-Frontend: shop' -H "Authorization: Bearer $TOKEN" \
		-H 'Content-Type: application/json' -d '{"part":"wood"}' "$@" \
		"http://$(daemon_address "$INSTANCE")/v1/gadgets" >"$BATS_TEST_TMPDIR/$n.code" 3>&- &
}

held() {
	direct GET /metrics
	sed -n 's/^ecom_http_requests_held //p' <<<"$http_body"
}

newest() {
	pg_sql testd 'SELECT id FROM gadget ORDER BY created_at DESC, id DESC LIMIT 1'
}

@test "an answer is held for delay_ms, and others are not" {
	local slow took
	curl -sS -o /dev/null -H "@$SCRATCH/secrets/gateway-testd.header" -H 'X-Ecom-Frontend: shop' \
		"http://$(daemon_address "$INSTANCE")/v1/delayed?ms=10000" 3>&- &
	slow=$!
	api GET '/v1/delayed?ms=0'
	assert_status 200
	kill -0 "$slow"
	# By curl's clock, which nobody sets.
	took=$(curl -sS -o "$BATS_TEST_TMPDIR/body" -w '%{time_total}' -H "@$SCRATCH/secrets/gateway-testd.header" \
		-H 'X-Ecom-Frontend: shop' "http://$(daemon_address "$INSTANCE")/v1/delayed?ms=300")
	jq -e '.ms == 300' "$BATS_TEST_TMPDIR/body"
	jq -n -e "$took >= 0.29"
	kill "$slow"
}

@test "what is missing is supplied, and the statement runs again" {
	api POST /v1/gadgets -d '{"part":"iron"}' -H 'Idempotency-Key: iron'
	assert_status 202
	assert_equal "$(pg_sql testd "SELECT count(*) FROM part WHERE name = 'iron'")" 1
	assert_equal "$(pg_sql testd "SELECT count(*) FROM gadget WHERE part = 'iron'")" 1
	api POST /v1/gadgets -d '{"part":"iron"}' -H 'Idempotency-Key: iron'
	assert_status 202
	assert_header idempotent-replayed
	assert_equal "$(pg_sql testd "SELECT count(*) FROM gadget WHERE part = 'iron'")" 1
}

@test "what cannot be supplied is the supplier's problem, or unavailable" {
	api POST /v1/gadgets -d '{"part":"unknown"}'
	assert_problem 422 invalid_value
	api POST /v1/gadgets -d '{"part":"lost"}'
	assert_problem 503 unavailable
	assert_header retry-after
}

@test "without a preference nobody waits" {
	local preference
	for preference in 'respond-async' 'wait=0' 'wait=x' 'wait'; do
		api POST /v1/gadgets -d '{"part":"wood"}' -H "Prefer: $preference"
		assert_status 202
		assert_no_header preference-applied
		assert_json '.state == "pending" and .prefer == null'
	done
}

@test "Prefer: wait holds until a commit brings the outcome" {
	local id
	gadget_later 1 -H 'Prefer: respond-async, wait=30'
	wait_for '[ "$(held)" = 1 ]'
	id=$(newest)
	api PATCH "/v1/gadgets/$id" -d '{"state":"ready"}'
	wait
	assert_equal "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/1.code")" 201
	assert_equal "$(jq -c . "$BATS_TEST_TMPDIR/1.body")" "{\"id\":\"$id\",\"state\":\"ready\",\"prefer\":\"30\"}"
	grep -qi "^location: /v1/gadgets/$id" "$BATS_TEST_TMPDIR/1.headers"
	assert_equal "$(grep -ci '^location:' "$BATS_TEST_TMPDIR/1.headers")" 1
	grep -qi '^preference-applied: wait' "$BATS_TEST_TMPDIR/1.headers"
	run grep -qi '^idempotent-replayed' "$BATS_TEST_TMPDIR/1.headers"
	[ "$status" = 1 ]
	assert_equal "$(held)" 0
}

@test "an outcome of another process is seen too" {
	gadget_later 1 -H 'Prefer: wait=30'
	wait_for '[ "$(held)" = 1 ]'
	pg_sql testd "UPDATE gadget SET state = 'ready' WHERE id = '$(newest)'"
	wait
	assert_equal "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/1.code")" 201
}

@test "a bad outcome is a problem for who waited, and a state for who asks later" {
	gadget_later 1 -H 'Prefer: wait=30' -H 'Idempotency-Key: bad'
	wait_for '[ "$(held)" = 1 ]'
	pg_sql testd "UPDATE gadget SET state = 'refused' WHERE id = '$(newest)'"
	wait
	assert_equal "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/1.code")" 409
	grep -qi '^content-type: application/problem+json' "$BATS_TEST_TMPDIR/1.headers"
	jq -e '.code == "gadget_refused" and .status == 409 and .type == "/problems/gadget_refused"
		and .gadget and .request_id and .title == "gadget refused"' "$BATS_TEST_TMPDIR/1.body"
	api POST /v1/gadgets -d '{"part":"wood"}' -H 'Idempotency-Key: bad'
	assert_status 201
	assert_json '.state == "refused"'
}

@test "when the time is up the present state is answered" {
	api POST /v1/gadgets -d '{"part":"wood"}' -H 'Prefer: wait=1'
	assert_status 202
	assert_header preference-applied '^wait$'
	assert_json '.state == "pending" and .prefer == "1"'
}

@test "a repeated key waits for the same outcome" {
	api POST /v1/gadgets -d '{"part":"wood"}' -H 'Idempotency-Key: twice'
	assert_status 202
	gadget_later 1 -H 'Prefer: wait=30' -H 'Idempotency-Key: twice'
	wait_for '[ "$(held)" = 1 ]'
	pg_sql testd "UPDATE gadget SET state = 'ready' WHERE id = '$(newest)'"
	wait
	assert_equal "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/1.code")" 201
	grep -qi '^idempotent-replayed: true' "$BATS_TEST_TMPDIR/1.headers"
	grep -qi '^preference-applied: wait' "$BATS_TEST_TMPDIR/1.headers"
}

@test "more than waiters_max are answered at once" {
	local n
	for n in 1 2 3; do
		gadget_later "$n" -H 'Prefer: wait=30'
	done
	wait_for '[ "$(held)" = 3 ]'
	api POST /v1/gadgets -d '{"part":"wood"}' -H 'Prefer: wait=30'
	assert_status 202
	assert_no_header preference-applied
	pg_sql testd "UPDATE gadget SET state = 'ready'"
	wait
	assert_equal "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR"/*.code | tr '\n' ' ')" '201 201 201 '
}

@test "a draining instance answers who waits, and what it delays, before it ends" {
	local pid
	daemon_start testd --instance testd-2
	pid=$(process_pid testd-2)
	gadget_later 1 -H 'Prefer: wait=30'
	wait_for '[ "$(held)" = 1 ]'
	api GET '/v1/delayed?ms=600' &
	kill -TERM "$pid"
	wait_for "! process_alive $pid" 25 # before who waits would be answered anyhow
	wait
	assert_equal "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/1.code")" 202
	grep -q '"ended"' "$SCRATCH/log/testd-2.log"
}
