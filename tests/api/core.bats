#!/usr/bin/env bats
# The library, through the test daemon: every feature of a route row.
load ../lib

setup_file() {
	pg_start testd
	nats_start
	daemon_start testd
	WRITER=$(token_for test:write)
	READER=$(token_for other:read)
	export WRITER READER
}

setup() {
	CODE=W-$BATS_TEST_NUMBER
}

create() { # BODY [curl arguments]
	TOKEN=$WRITER FRONTEND=admin api POST /v1/widgets -d "$1" "${@:2}"
}

@test "health, readiness and metrics are on the direct listener only" {
	direct GET /healthz
	assert_status 200
	direct GET /readyz
	assert_status 200
	direct GET /metrics
	assert_status 200
	assert_contains "$http_body" 'ecom_build_info{'
	api GET /metrics
	assert_problem 404 not_found
}

@test "a request past the gateway is refused" {
	http GET "http://$(daemon_address)/v1/widgets"
	assert_problem 403 bypassed_gateway
	http GET "http://$(daemon_address)/v1/widgets" -H 'X-Ecom-Gateway: wrong' -H 'X-Ecom-Frontend: shop'
	assert_problem 403 bypassed_gateway
}

@test "create, read, replay, conflict" {
	create "{\"code\":\"$CODE\",\"label\":\"Ä\",\"price\":{\"amount\":1999,\"currency\":\"EUR\"}}" -H 'Idempotency-Key: "k1"'
	assert_status 201
	assert_json '.code == "'"$CODE"'" and .count == 1 and .price.amount == 1999'
	assert_header etag '^"1"$'
	local location first=$http_body
	location=$(header location)
	api GET "$location"
	assert_status 200
	assert_equal "$http_body" "$first"
	create "{\"label\":\"Ä\", \"code\":\"$CODE\",\"price\":{\"amount\":1999,\"currency\":\"EUR\"}}" -H 'Idempotency-Key: k1'
	assert_status 201
	assert_header idempotent-replayed true
	assert_equal "$http_body" "$first"
	assert_equal "$(header location)" "$location"
	create "{\"code\":\"$CODE\",\"label\":\"other\"}" -H 'Idempotency-Key: k1'
	assert_problem 422 idempotency_key_reused
	create "{\"code\":\"$CODE\",\"label\":\"x\"}"
	assert_problem 409 widget_code_taken
	create "{\"code\":\"$CODE-N\",\"label\":\"x\",\"count\":-1}"
	assert_problem 422 widget_count_negative
}

@test "another subject and another route do not share the key" {
	create "{\"code\":\"$CODE\",\"label\":\"x\"}" -H 'Idempotency-Key: shared'
	assert_status 201
	TOKEN=$(token_for test:write 00000000-0000-7000-8000-000000000002) FRONTEND=admin \
		api POST /v1/widgets -d "{\"code\":\"$CODE-2\",\"label\":\"x\"}" -H 'Idempotency-Key: shared'
	assert_status 201
	assert_no_header idempotent-replayed
	api POST /v1/open-widgets -d "{\"code\":\"$CODE-3\",\"label\":\"x\"}" -H 'Idempotency-Key: shared'
	assert_status 201
	assert_no_header idempotent-replayed
}

@test "a task's creation replays too, and may require a key" {
	local body="{\"code\":\"$CODE\",\"label\":\"x\"}"
	TOKEN=$WRITER FRONTEND=admin api POST /v1/widgets-by-task -d "$body"
	assert_problem 400 idempotency_key_required
	TOKEN=$WRITER FRONTEND=admin api POST /v1/widgets-by-task -d "$body" -H 'Idempotency-Key: t1'
	assert_status 201
	local first=$http_body
	TOKEN=$WRITER FRONTEND=admin api POST /v1/widgets-by-task -d "$body" -H 'Idempotency-Key: t1'
	assert_status 201
	assert_header idempotent-replayed true
	assert_equal "$http_body" "$first"
}

@test "malformed idempotency keys" {
	local key
	for key in '""' "$(printf 'x%.0s' {1..256})" 'a b' 'ä'; do
		create "{\"code\":\"$CODE\",\"label\":\"x\"}" -H "Idempotency-Key: $key"
		assert_problem 400 idempotency_key_invalid
	done
}

@test "update needs the version that was read" {
	create "{\"code\":\"$CODE\",\"label\":\"x\",\"note\":\"n\"}"
	local path
	path=$(header location)
	TOKEN=$WRITER FRONTEND=admin
	export TOKEN FRONTEND
	api PATCH "$path" -d '{"label":"y"}'
	assert_problem 428 precondition_required
	api PATCH "$path" -d '{"label":"y"}' -H 'If-Match: "7"'
	assert_problem 412 precondition_failed
	api PATCH "$path" -d '{"label":"y"}' -H 'If-Match: "abc"'
	assert_problem 412 precondition_failed
	api PATCH "$path" -d '{"label":"y"}' -H 'If-Match: "1"'
	assert_status 200
	assert_json '.label == "y" and .note == "n" and .version == 2'
	api PATCH "$path" -d '{"note":null}' -H 'If-Match: "2"'
	assert_json '.note == null and .label == "y"'
	api PATCH "$path" -d '{"label":null}' -H 'If-Match: "3"'
	assert_invalid /label wrong_type
	api PATCH /v1/widgets/00000000-0000-7000-8000-00000000dead -d '{"label":"y"}' -H 'If-Match: "1"'
	assert_problem 404 not_found
	api DELETE "$path"
	assert_status 204
	api GET "$path"
	assert_problem 404 not_found
}

@test "If-None-Match answers 304" {
	create "{\"code\":\"$CODE\",\"label\":\"x\"}"
	api GET "$(header location)" -H 'If-None-Match: "1"'
	assert_status 304
}

@test "pages by cursor until next is null" {
	local i next='' seen=0
	for i in 1 2 3 4 5; do
		create "{\"code\":\"PAGE-$i\",\"label\":\"page\"}"
		assert_status 201
	done
	while :; do
		api GET "/v1/widgets?label=page&limit=2${next:+&after=$next}"
		assert_status 200
		seen=$((seen + $(json '.data | length')))
		next=$(json '.next // ""')
		[ -n "$next" ] || break
	done
	assert_equal "$seen" 5
}

@test "bad query strings" {
	local query
	for query in 'limit=0' 'limit=x' 'limit=1&limit=2' 'unknown=1' 'after=!!!' 'after=e30' 'after=Zm9v'; do
		api GET "/v1/widgets?$query"
		assert_problem 422 validation
	done
	for query in 'label=%ff' 'label=%00' 'label=%zz'; do
		api GET "/v1/widgets?$query"
		assert_problem 400 bad_request
	done
	api GET "/v1/widgets?after=$(printf '[{}]' | base64url)"
	assert_status 200
}

@test "every bad field is named" {
	create '{"code":"a b","count":9999,"tags":["ok",5],"size":{"width":0,"depth":1},"price":{"amount":1.5,"currency":"XXX"},"email":"x","at":"yesterday","ref":"1","flag":"yes","kind":"other","lable":"x","note":5}'
	assert_invalid /code wrong_form
	assert_invalid /label required
	assert_invalid /count out_of_range
	assert_invalid /tags/1 wrong_type
	assert_invalid /size/width out_of_range
	assert_invalid /size/depth unknown_field
	assert_invalid /price/amount wrong_type
	assert_invalid /email wrong_form
	assert_invalid /at wrong_form
	assert_invalid /ref wrong_form
	assert_invalid /flag wrong_type
	assert_invalid /kind not_allowed
	assert_invalid /lable unknown_field
	assert_json 'any(.errors[]; .detail | contains("did you mean \"label\"?"))'
	assert_invalid /note wrong_type
}

@test "bodies that are not JSON objects, too deep, too large, of another type" {
	local body
	for body in '' '{' '[]' '"x"' '{"code":1,"code":2}' $'{"code":"\xff"}' '{"code":"\u0000"}' '{"count":1e999}' '{"count":99999999999999999999}'; do
		create "$body"
		assert_problem 400 bad_json
	done
	create "{\"tags\":$(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40})}"
	assert_problem 400 bad_json
	head -c 70000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/large"
	create "@$BATS_TEST_TMPDIR/large"
	assert_problem 413 payload_too_large
	create '{}' -H 'Content-Type: text/plain'
	assert_problem 415 unsupported_media_type
	api GET /v1/widgets -d '{}'
	assert_status 413
}

@test "a form is checked by the same rules" {
	api POST /v1/echo -H 'Content-Type: application/x-www-form-urlencoded' -d 'code=A&label=a+b%21&count=7&email=Foo@Example.ORG'
	assert_status 200
	assert_json '.label == "a b!" and .count == 7 and .email == "foo@example.org"'
	api POST /v1/echo -H 'Content-Type: application/x-www-form-urlencoded' -d 'code=A&label=%zz'
	assert_problem 400 bad_request
	api POST /v1/echo -H 'Content-Type: application/x-www-form-urlencoded' -d 'code=A&code=B&label=x'
	assert_invalid /code duplicate
}

@test "paths: unknown, wrong method, wrong frontend, bad escapes, no UUID" {
	api GET /v1/nothing
	assert_problem 404 not_found
	api PUT /v1/widgets -d '{}'
	assert_problem 405 method_not_allowed
	assert_header allow '^GET, POST$'
	api BREW /v1/widgets
	assert_problem 405 method_not_allowed
	api GET /v1/fail/fine
	assert_status 200
	FRONTEND=admin api GET /v1/fail/fine
	assert_problem 404 not_found
	api GET /v1/widgets/%zz
	assert_problem 400 bad_request
	api GET /v1/widgets/not-a-uuid
	assert_problem 404 not_found
	api GET '/v1/fail/a%2Fb'
	assert_status 200
	assert_equal "$http_body" '"a/b"'
}

@test "tokens: needed, wrong scope, wrong audience, expired, two headers" {
	TOKEN='' FRONTEND=admin api POST /v1/widgets -d '{"code":"A","label":"x"}'
	assert_problem 401 unauthenticated
	assert_header www-authenticate '^Bearer realm="ecom"$'
	TOKEN=$READER FRONTEND=admin api POST /v1/widgets -d '{"code":"A","label":"x"}'
	assert_problem 403 insufficient_scope
	assert_header www-authenticate 'scope="test:write"'
	TOKEN=$(token_for test:write sub internal) FRONTEND=admin api POST /v1/widgets -d '{"code":"A","label":"x"}'
	assert_problem 401 invalid_token
	TOKEN=$(token_for test:write sub ecom -100) api GET /v1/widgets
	assert_problem 401 invalid_token
	TOKEN=$WRITER api GET /v1/whoami -H "Authorization: Bearer $READER"
	assert_problem 400 bad_request
	TOKEN='' api GET /v1/whoami -H 'Authorization: Basic Zm9vOmJhcg=='
	assert_problem 401 invalid_token
	TOKEN=$WRITER api GET /v1/whoami
	assert_json '.scopes == ["test:write"]'
	TOKEN=$WRITER FRONTEND=internal api GET /v1/whoami
	assert_problem 401 invalid_token
	TOKEN=$(token_for test:write svc internal) FRONTEND=internal api GET /v1/whoami
	assert_json '.subject == "svc"'
}

@test "answers to authorised callers are never for a shared cache" {
	api GET /v1/widgets
	assert_header cache-control '^max-age=5$'
	TOKEN=$WRITER api GET /v1/widgets
	assert_header cache-control '^private, no-cache$'
	FRONTEND=admin api GET /v1/widgets
	assert_header cache-control '^private, no-cache$'
}

@test "failures of statements" {
	api GET /v1/fail/conflict
	assert_problem 409 widget_in_use
	assert_json '.hint == "Wait." and .detail == "the widget is in use"'
	api GET /v1/fail/bug
	assert_problem 500 internal
	assert_json 'has("detail") | not'
	daemon_start testd --instance testd-short ECOM_READ_TIMEOUT=250ms
	api GET /v1/fail/slow
	assert_problem 504 timeout
	daemon_stop testd-short
}

@test "SQL in strings is data" {
	create "{\"code\":\"$CODE\",\"label\":\"'; DROP TABLE widget; --\"}"
	assert_status 201
	api GET "/v1/widgets?label=%27%3B%20DROP%20TABLE%20widget%3B%20--"
	assert_json '.data | length == 1'
}

@test "card numbers are refused wherever they stand, told by their place and never repeated" {
	local card='4111 1111 1111 1111' body
	for body in "{\"part\":\"$card\"}" "{\"part\":4111111111111111}" \
		"{\"part\":\"wood\",\"box\":{\"a\":[{\"b\":\"my $card\"}]}}" \
		"{\"part\":\"wood\",\"nobody\":\"$card\"}" "{\"part\":\"wood\",\"$card\":1}" "{\"part\":\"$card" \
		"{\"state\":\"4111-1111-1111-1111\"}"; do
		api POST /v1/gadgets -d "$body"
		assert_problem 422 card_number_refused
		# The most of it: fewer ones may stand in the id of a request.
		[[ $http_body != *111?1111?1111* && $http_body != *11111111111* ]] || flunk "repeated: $http_body"
	done
	api POST /v1/gadgets -d "{\"part\":\"wood\",\"box\":{\"a\":[1,{\"b\":\"my $card\"}]}}"
	assert_json '.errors == [{pointer: "/box/a/1/b", code: "card_number_refused", detail: .errors[0].detail}]'
	api GET '/v1/widgets?label=4111%201111%201111%201111'
	assert_problem 422 card_number_refused
	assert_json '.errors[0].pointer == "/label"'
	api GET /v1/gadgets/4111111111111111
	assert_problem 422 card_number_refused
	api POST /v1/gadgets -d '{"part":"wood"}' -H 'Idempotency-Key: 4111-1111-1111-1111'
	assert_problem 422 card_number_refused
	# A tracking number may look like one.
	api POST /v1/gadgets -d "{\"part\":\"wood\",\"tracking\":\"$card\"}"
	assert_status 202
	api POST /v1/gadgets -d "{\"part\":\"wood\",\"box\":{\"id\":\"43345678-1234-4123-8123-123456789012\",\"phone\":\"+49 151 23456789\"}}"
	assert_status 202
	run grep -rlE '111.?1111.?1111' "$SCRATCH/log"
	assert_equal "$output" ''
}

@test "64 equal concurrent creations have one effect and equal answers" {
	local round url
	url=http://$(daemon_address)/v1/widgets
	for round in 1 2 3; do
		echo "{\"code\":\"RACE-$round\",\"label\":\"race\"}" >"$BATS_TEST_TMPDIR/body"
		for i in {1..64}; do
			echo "url = \"$url\""
			echo "output = \"$BATS_TEST_TMPDIR/answer-$round-$i\""
		done >"$BATS_TEST_TMPDIR/urls"
		curl -sS --no-progress-meter --parallel --parallel-immediate --parallel-max 64 \
			-H "@$SCRATCH/secrets/gateway-testd.header" -H 'X-Ecom-Frontend: admin' \
			-H "Authorization: Bearer $WRITER" -H 'Content-Type: application/json' \
			-H "Idempotency-Key: race-$round" -d "@$BATS_TEST_TMPDIR/body" \
			-w '%{http_code}\n' -K "$BATS_TEST_TMPDIR/urls" >"$BATS_TEST_TMPDIR/codes"
		assert_equal "$(sort "$BATS_TEST_TMPDIR/codes" | uniq -c | tr -s ' ')" ' 64 201'
		assert_equal "$(cat "$BATS_TEST_TMPDIR"/answer-"$round"-* | jq -S -c . | sort -u | wc -l)" 1
		assert_equal "$(pg_sql testd "SELECT count(*) FROM outbox o JOIN widget w ON o.aggregate_id = w.id::text WHERE w.code = 'RACE-$round'")" 1
	done
}

@test "events are written with their effect and reach JetStream" {
	create "{\"code\":\"$CODE\",\"label\":\"x\"}"
	assert_status 201
	wait_for "[ \"\$(pg_sql testd 'SELECT count(*) FROM outbox WHERE sent_at IS NULL')\" = 0 ]"
	assert_equal "$(pg_sql testd "SELECT count(*) FROM outbox o JOIN widget w ON o.aggregate_id = w.id::text WHERE w.code = '$CODE'")" 1
}

@test "jobs: done, retried with back-off, dead at once, dead after the last attempt" {
	pg_sql testd "INSERT INTO job (queue, payload) VALUES ('note', '\"fine\"'), ('note', '\"again\"'), ('note', '\"hopeless\"'), ('note', '\"never\"')"
	wait_for "[ \"\$(pg_sql testd \"SELECT count(*) FROM job WHERE state IN ('done', 'dead')\")\" = 4 ]"
	assert_equal "$(pg_sql testd "SELECT payload::text, state, attempt, reason FROM job ORDER BY payload::text" | tr '\t' '|')" \
		'"again"|done|3|
"fine"|done|1|
"hopeless"|dead|1|hopeless
"never"|dead|4|never works'
}

@test "a job whose worker was killed is found again when its lease ends" {
	pg_sql testd "INSERT INTO job (queue, payload, state, attempt, due_at) VALUES ('note', '\"orphan\"', 'running', 1, now() + interval '100 milliseconds')"
	wait_for "[ \"\$(pg_sql testd \"SELECT attempt FROM worked WHERE payload::text = '\\\"orphan\\\"'\")\" = 2 ]"
}

@test "without the database: live, not ready, 503; afterwards well again" {
	pg_stop
	wait_for '[ "$(curl -s -o /dev/null -w "%{http_code}" "http://$(daemon_address testd-1 direct_address)/readyz")" = 503 ]'
	direct GET /healthz
	assert_status 200
	api GET /v1/widgets
	assert_status 503
	assert_header retry-after
	pg_start testd
	# Each pool has connections of its own.
	wait_for 'daemon_is_ready testd-1 && api GET /v1/widgets && [ "$http_status" = 200 ]'
}

@test "a second instance takes another port and the first gets its own back" {
	local before port
	daemon_stop testd-1
	# None of those that the system gives to anybody meanwhile.
	port=$(ports_free 2)
	printf '{"address":"127.0.0.1:%d","direct_address":"127.0.0.1:%d"}' "$port" $((port + 1)) \
		>"$SCRATCH/run/testd-1.ports"
	chmod 0644 "$SCRATCH/run/testd-1.ports"
	daemon_start testd
	before=$(daemon_address testd-1)
	assert_equal "$before" "127.0.0.1:$port"
	daemon_start testd --instance testd-2
	[ "$(daemon_address testd-2)" != "$before" ]
	daemon_stop testd-2
	daemon_stop testd-1
	daemon_start testd
	assert_equal "$(daemon_address testd-1)" "$before"
}

@test "the command line" {
	run "$LIBEXEC/testd" --nonsense
	assert_equal "$status" 2
	run env ECOM_TESTD_BODY_MAX=7 "$LIBEXEC/testd" --check-config
	assert_equal "$status" 1
	assert_contains "$output" 'body_max must be a whole number from 1024 to 16777216'
	run env ECOM_DATABASE_URL=secret-thing "$LIBEXEC/testd" --print-config
	assert_equal "$status" 0
	[[ $output != *secret-thing* ]]
}
