#!/usr/bin/env bats
# The gateway with doubles of the services: slots, draining, failing static, tokens, limits, cache,
# CORS and the documents of its errors.

bats_require_minimum_version 1.5.0
load ../lib

setup_file() {
	nats_start
	token_key other
	token_jwks token
	gateway_start ECOM_GATEWAYD_CORS_ORIGINS=https://shop.example \
		ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=1000000 ECOM_JWKS_FILE="$SCRATCH/jwks.json"
	double_start catalogd
	double_start userd
	wait_for "[ \$(server_count catalogd UP) = 1 ] && [ \$(server_count userd UP) = 1 ]"
}

teardown() {
	[ -z "$(process_pid haproxy)" ] || kill -CONT "$(process_pid haproxy)" || true
	logs_on_failure
}

shop() {
	local method=$1 path=$2
	shift 2
	[ -z "${TOKEN:-}" ] || set -- -H "Authorization: Bearer $TOKEN" "$@"
	http "$method" "${BASE:-$SHOP_URL}$path" "$@"
}

@test "a request reaches the service with an id, a trace and nothing that was forged" {
	shop GET /v1/products -H 'X-Ecom-Frontend: admin' -H 'X-Ecom-Evil: 1' -H 'X-Request-Id: mine' \
		-H 'X-Forwarded-For: 9.9.9.9'
	assert_status 200
	assert_header x-request-id '^[0-9a-f-]{36}$'
	assert_json '.headers["X-Ecom-Frontend"] == "shop" and .headers["X-Ecom-Evil"] == null'
	assert_json '.headers["X-Request-Id"] == $id' --arg id "$(header x-request-id)"
	assert_json '.headers["X-Forwarded-For"] == "127.0.0.1"'
	assert_json '.headers.traceparent | test("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")'

	local trace=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
	shop GET /v1/products -H "traceparent: $trace"
	assert_json '.headers.traceparent == $trace' --arg trace "$trace"
	BASE=$ADMIN_URL shop GET /v1/products
	assert_json '.headers["X-Ecom-Frontend"] == "admin"'
}

@test "a path belongs to a service by its first two parts, or to nobody" {
	shop GET /v1/products/A
	assert_json '.instance == "catalogd-1"'
	shop GET /v1/me
	assert_json '.instance == "userd-1"'
	local path
	for path in / /v1 /v1/productsX /V1/products //v1/products /v1/../v1/products /nothing; do
		shop GET "$path"
		assert_problem 404 not_found
	done
	BASE=$INTERNAL_URL shop GET /v1/products
	assert_problem 404 not_found
}

@test "the paths of the checkout belong to its services" {
	local service
	for service in cartd orderd paymentd; do
		double_start "$service"
		wait_for "[ \$(server_count $service UP) = 1 ]"
	done
	shop GET /v1/carts
	assert_json '.instance == "cartd-1"'
	shop GET /v1/orders
	assert_json '.instance == "orderd-1"'
	BASE=$ADMIN_URL shop GET /v1/orders/100001/timeline
	assert_json '.instance == "orderd-1"'
	BASE=$ADMIN_URL shop GET /v1/payments
	assert_json '.instance == "paymentd-1"'
	TOKEN=$(token_for payments:request client:orderd internal) BASE=$INTERNAL_URL \
		shop POST /v1/payment-outcomes
	assert_json '.instance == "paymentd-1"'
	shop POST /v1/payment-outcomes
	assert_problem 404 not_found
	for service in cartd orderd paymentd; do
		process_stop "$service-1"
	done
}

@test "a service without instances is 503 with Retry-After" {
	BASE=$ADMIN_URL shop GET /v1/status
	assert_problem 503 unavailable
	assert_header retry-after '^[0-9]+$'
}

@test "only a good token passes" {
	local good header payload bad
	good=$(token_for catalog:read)
	header=$(jwt_header token)
	payload=$(jwt_payload catalog:read)
	TOKEN=$good shop GET /v1/products
	assert_status 200

	local kid public
	kid=$(jq -r .kid <<<"$header")
	public=$(openssl rsa -in "$SCRATCH/secrets/token.pem" -pubout 2>/dev/null)
	hs256() { # HEADER PAYLOAD SECRET
		local input
		input=$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)
		echo "$input.$(printf %s "$input" | openssl dgst -sha256 -hmac "$3" -binary | base64url)"
	}
	local none hmac
	none=$(jq -c '.alg = "none"' <<<"$header")
	hmac=$(jq -c '.alg = "HS256"' <<<"$header")
	local attacks=(
		"$(printf %s "$none" | base64url).$(printf %s "$payload" | base64url)."
		"$(jwt_sign "$none" "$payload")"
		"$(hs256 "$hmac" "$payload" "$public")"
		"$(hs256 "$hmac" "$payload" "$SCRATCH/gateway/keys/$kid.pem")"
		"$(jwt_sign "$(jwt_header other)" "$payload" other)"
		"$(jwt_sign "$header" "$payload" other)"
		"$(jwt_sign "$(jq -c '.kid = "../../secrets/token"' <<<"$header")" "$payload")"
		"$(jwt_sign "$(jq -c 'del(.kid)' <<<"$header")" "$payload")"
		"$(token_for catalog:read u ecom -10)"
		"$(token_for catalog:read u internal)"
		"$(token_for catalog:read u other)"
		"$(jwt_sign "$header" "$(jq -c '.iss = "evil"' <<<"$payload")")"
		"$(jwt_sign "$header" "$(jq -c 'del(.exp)' <<<"$payload")")"
		"$(jwt_sign "$header" "$(jq -c '.exp = "9999999999"' <<<"$payload")")"
		"$(jwt_sign "$header" "$(jq -c '.nbf = .exp' <<<"$payload")")"
		"$(jwt_sign "$header" "$(jq -c '.aud = ["ecom"]' <<<"$payload")")"
		"${good%.*}."
		"${good}A"
		"${good%%.*}.$(printf %s '{"sub":"admin"}' | base64url).${good##*.}"
		garbage
		a.b.c
		..
	)
	for bad in "${attacks[@]}"; do
		TOKEN=$bad shop GET /v1/products
		assert_problem 401 invalid_token || flunk "passed: $bad"
		assert_header www-authenticate '^Bearer .*error="invalid_token"'
	done
}

@test "two Authorization headers are refused, in any order" {
	local good
	good=$(token_for catalog:read)
	shop GET /v1/products -H "Authorization: Bearer $good" -H 'Authorization: Bearer x'
	assert_problem 400 bad_request
	shop GET /v1/products -H 'Authorization: Basic eDp5' -H "Authorization: Bearer $good"
	assert_problem 400 bad_request
}

@test "the internal frontend needs a token for it" {
	BASE=$INTERNAL_URL shop GET /openapi.json
	assert_problem 401 unauthenticated
	assert_header www-authenticate '^Bearer realm="ecom"$'
	BASE=$INTERNAL_URL TOKEN=$(token_for x) shop GET /openapi.json
	assert_problem 401 invalid_token
	BASE=$INTERNAL_URL TOKEN=$(token_for x client:a internal) shop GET /openapi.json
	[ "$http_status" != 401 ]
	http GET "$INTERNAL_URL/metrics"
	assert_status 200
	assert_contains "$http_body" haproxy_frontend_http_requests_total
}

@test "CORS: an origin of the list may call, another is not told so" {
	shop OPTIONS /v1/products -H 'Origin: https://shop.example' -H 'Access-Control-Request-Method: POST'
	assert_status 204
	assert_header access-control-allow-origin '^https://shop\.example$'
	assert_header access-control-allow-methods PATCH
	assert_header access-control-allow-headers Idempotency-Key
	shop GET /v1/products -H 'Origin: https://shop.example'
	assert_header access-control-allow-origin '^https://shop\.example$'
	assert_header access-control-expose-headers X-Request-Id
	assert_header vary Origin
	shop GET /nothing -H 'Origin: https://shop.example'
	assert_header access-control-allow-origin '^https://shop\.example$'
	local origin
	for origin in https://evil.example https://shop.example.evil null http://shop.example; do
		shop GET /v1/products -H "Origin: $origin"
		assert_no_header access-control-allow-origin
		shop OPTIONS /v1/products -H "Origin: $origin" -H 'Access-Control-Request-Method: POST'
		assert_no_header access-control-allow-origin
	done
}

@test "the cache keeps what anonymous callers asked for, and nothing else" {
	local first
	shop GET /v1/products/CACHED
	first=$(header x-request-id)
	shop GET /v1/products/CACHED
	assert_header age
	assert_json '.headers["X-Request-Id"] == $id' --arg id "$first"
	[ "$(header x-request-id)" != "$first" ]

	# An answer to an authorised request, marked public: it must not reach anyone else.
	TOKEN=$(token_for catalog:read) shop GET /v1/products/PUBLIC
	assert_json '.headers.Authorization != null'
	shop GET /v1/products/PUBLIC
	assert_json '.headers.Authorization == null'
	shop GET /v1/products/PUBLIC2 -H 'Cookie: session=1'
	shop GET /v1/products/PUBLIC -H 'Cookie: session=1'
	assert_json '.headers.Cookie == "session=1"'
	shop GET /v1/products/PUBLIC
	assert_json '.headers.Cookie == null'
	# Not what says that it is private, and not on the admin frontend.
	shop GET /v1/products/PRIVATE
	shop GET /v1/products/PRIVATE
	assert_no_header age
	BASE=$ADMIN_URL shop GET /v1/products/CACHED
	BASE=$ADMIN_URL shop GET /v1/products/CACHED
	assert_no_header age
}

@test "errors of HAProxy itself are problem documents" {
	shop TRACE /v1/products
	assert_problem 405 method_not_allowed
	assert_header allow PATCH
	# Promised, and not sent: who is still sending when he is refused may not read the answer any more.
	shop POST /v1/products --data-binary x -H 'Content-Length: 6000000' -H 'Expect:'
	assert_problem 413 payload_too_large

	# Bytes that are no request: HAProxy's own words, before any configuration (HAProxy 2.6).
	exec 5<>"/dev/tcp/127.0.0.1/${SHOP_URL##*:}"
	printf 'GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n' >&5
	local answer
	answer=$(timeout 60 cat <&5)
	exec 5>&-
	assert_contains "$answer" 'HTTP/1.1 400'
}

@test "the access log is JSON, knows who asked, and has no token" {
	local token line
	token=$(token_for catalog:read)
	TOKEN=$token shop GET '/v1/products/A"\B?q=secret'
	wait_for "grep -q $(header x-request-id) $SCRATCH/log/haproxy.log"
	line=$(grep "$(header x-request-id)" "$SCRATCH/log/haproxy.log" | head -1)
	jq -e '."user.id" == "00000000-0000-7000-8000-000000000001" and ."client.ip" == "127.0.0.1"
		and ."url.path" == "/v1/products/A\"\\B" and ."http.response.status_code" == $status
		and ."gateway.ms".total >= 0 and ."gateway.server" == "s1"' \
		--argjson status "$http_status" <<<"$line"
	run -1 grep -Fe "${token##*.}" "$SCRATCH/log/haproxy.log"
	grep '^{' "$SCRATCH/log/haproxy.log" | jq -e . >/dev/null
}

@test "a second instance gets a slot, and leaves without a failed request" {
	local i failed=0 answered=''
	double_start catalogd catalogd-2
	wait_for "[ \$(server_count catalogd UP) = 2 ]"
	for i in {1..8}; do
		shop GET /v1/products
		answered+=$(json .instance)
	done
	assert_contains "$answered" catalogd-1
	assert_contains "$answered" catalogd-2

	local pid
	pid=$(process_pid catalogd-2)
	kill -TERM "$pid"
	while process_alive "$pid"; do
		shop POST /v1/products || failed=$((failed + 1))
		[ "$http_status" = 200 ] || failed=$((failed + 1))
	done
	for i in {1..20}; do
		shop POST /v1/products
		[ "$http_status" = 200 ] || failed=$((failed + 1))
	done
	[ "$failed" = 0 ] || flunk "$failed requests failed"
	wait_for "[ \$(server_count catalogd UP) = 1 ] && [ \$(server_count catalogd MAINT) = 31 ]"
}

@test "an instance that is killed costs no request" {
	local i port
	double_start catalogd catalogd-3
	wait_for "[ \$(server_count catalogd UP) = 2 ]"
	port=$(daemon_address catalogd-3)
	kill -KILL "$(process_pid catalogd-3)"
	# What it was doing is lost. From here on nobody is there.
	wait_for "! port_in_use ${port##*:}"
	for i in {1..50}; do
		shop POST /v1/products
		assert_status 200
		[ "$(server_count catalogd DOWN)" = 0 ] || break
	done
	wait_for "[ \$(server_count catalogd UP) = 1 ]"
	for i in {1..10}; do
		shop POST /v1/products
		assert_status 200
	done
	wait_for "[ \$(server_count catalogd MAINT) = 31 ]" # its silence, while NATS works
}

@test "a roll under load fails no request, with connections that stay open" {
	local i pids=()
	double_start catalogd catalogd-2
	wait_for "[ \$(server_count catalogd UP) = 2 ]"
	for i in {1..500}; do
		printf 'url = "%s/v1/products"\nrequest = "POST"\noutput = "/dev/null"\n' "$SHOP_URL"
		printf 'silent\nwrite-out = "%%{http_code}\\n"\n'
		[ "$i" = 500 ] || printf 'next\n'
	done >"$BATS_TEST_TMPDIR/urls"
	for i in {1..4}; do
		while [ -d "$BATS_TEST_TMPDIR" ] && [ ! -e "$BATS_TEST_TMPDIR/stop" ]; do
			curl -K "$BATS_TEST_TMPDIR/urls"
		done >"$BATS_TEST_TMPDIR/codes.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in 1 2; do
		process_stop "catalogd-$i"
		double_start catalogd "catalogd-$i"
		wait_for "[ \$(server_count catalogd UP) = 2 ]"
	done
	touch "$BATS_TEST_TMPDIR/stop"
	wait "${pids[@]}"
	assert_equal "$(cat "$BATS_TEST_TMPDIR"/codes.* | sort -u)" 200
	process_stop catalogd-2
	wait_for "[ \$(server_count catalogd MAINT) = 31 ]"
}

@test "NATS or gatewayd away: everything goes on, also over a restart of either" {
	nats_stop KILL
	process_stop gatewayd-1 KILL
	shop GET /v1/products
	assert_status 200

	: >"$SCRATCH/log/gatewayd-1.log"
	gatewayd_start
	wait_for "grep -q 'HAProxy answers' $SCRATCH/log/gatewayd-1.log"
	run -1 grep reloading "$SCRATCH/log/gatewayd-1.log"
	[ "$(server_count catalogd UP)" = 1 ]
	shop GET /v1/products
	assert_status 200
	nats_start
	double_start catalogd catalogd-2
	wait_for "[ \$(server_count catalogd UP) = 2 ]"
	process_stop catalogd-2
	wait_for "[ \$(server_count catalogd MAINT) = 31 ]"
}

@test "HAProxy that was killed comes back with today's servers and keys, without gatewayd" {
	wait_for "[ \$(grep -c 'server s[0-9]* .*[^d]$' $SCRATCH/gateway/haproxy.cfg) = 2 ]"
	process_stop gatewayd-1 KILL
	pgrep -P "$(process_pid haproxy)" | xargs kill -KILL
	process_stop haproxy KILL
	wait_for "! port_in_use ${SHOP_URL##*:}"
	rm -f "$SCRATCH/run/stats.sock"
	haproxy_start
	TOKEN=$(token_for catalog:read) shop GET /v1/products
	assert_status 200
	gatewayd_start
}

@test "a new key is taken over, the old one stays, both without a failed request" {
	local i new
	new=$(jwt_sign "$(jwt_header other)" "$(jwt_payload catalog:read)" other)
	TOKEN=$new shop GET /v1/products
	assert_problem 401 invalid_token
	token_jwks token other
	for i in {1..6000}; do
		shop GET /v1/products
		assert_status 200
		TOKEN=$new shop GET /v1/products
		[ "$http_status" = 401 ] || break
	done
	assert_status 200
	TOKEN=$(token_for catalog:read) shop GET /v1/products
	assert_status 200
}

@test "a key id that begins with a dash is a key id" {
	local jwk=$SCRATCH/secrets/dash.pem.jwk dash
	token_key dash
	jq -c '.kid = "-dash"' "$jwk" >"$jwk.new"
	mv "$jwk.new" "$jwk"
	dash=$(jwt_sign "$(jwt_header dash)" "$(jwt_payload catalog:read)" dash)
	token_jwks token other dash
	wait_for "TOKEN=$dash shop GET /v1/products && [ \"\$http_status\" = 200 ]"
	token_jwks token other
	wait_for "TOKEN=$dash shop GET /v1/products && [ \"\$http_status\" = 401 ]"
}

gateway_metric() { # NAME
	INSTANCE=gatewayd-1 direct GET /metrics
	sed -n "s/^ecom_gateway_$1 //p" <<<"$http_body"
}

gateway_is_current() {
	[ "$(gateway_metric current)" = 1 ]
}

keys_taken_over() { # KEY…
	token_jwks "$@"
	wait_for "[ \"\$(gateway_metric keys)\" = $# ]"
	wait_for gateway_is_current
}

unanswered() {
	grep -c 'master socket .* does not answer' "$SCRATCH/log/gatewayd-1.log"
}

@test "a reload that takes its time is asked for once" {
	local before silences
	process_stop gatewayd-1
	gatewayd_start ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=1000000 ECOM_GATEWAYD_RELOAD_WAIT=10m
	keys_taken_over token
	before=$(gateway_metric reloads_total)
	silences=$(unanswered) || true
	kill -STOP "$(process_pid haproxy)" # teardown lets it go on
	token_jwks token other
	wait_for "[ \"\$(unanswered)\" -gt $silences ]"
	kill -CONT "$(process_pid haproxy)"
	keys_taken_over token other
	assert_equal "$(gateway_metric reloads_total)" $((before + 1))
	process_stop gatewayd-1
	gatewayd_start
}

@test "a reload that nobody heard is asked for again" {
	local before socket=$SCRATCH/run/master.sock
	keys_taken_over token other
	before=$(gateway_metric reloads_total)
	mv "$socket" "$socket.away"
	token_jwks token
	wait_for "[ \"\$(gateway_metric reloads_total)\" -gt $before ]"
	mv "$socket.away" "$socket"
	keys_taken_over token
	keys_taken_over token other
}

# asks_until_limited STATUS CURL-ARGUMENT…: the answers before the limit have that status. A machine
# that stands still for seconds may lose the server's health checks, so 503 is asked again.
asks_until_limited() {
	local status=$1 i
	shift
	for i in {1..400}; do
		shop GET /v1/products "$@"
		[[ $http_status == "$status" || $http_status == 503 ]] || break
	done
	assert_problem 429 rate_limited
}

@test "the rate limit is per subject, and says when to come back" {
	process_stop gatewayd-1
	gatewayd_start ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=20
	wait_for gateway_is_current # a reload begins to count anew
	TOKEN=$(token_for catalog:read greedy) asks_until_limited 200
	assert_header retry-after '^60$'
	assert_header ratelimit '^"default";r=0;t=60$'
	assert_header ratelimit-policy '^"default";q=20;w=60$'
	wait_for '[ "$(server_count catalogd UP)" = 1 ]'
	TOKEN=$(token_for catalog:read modest) shop GET /v1/products
	assert_status 200
}

@test "the rate limit of others is per address, whatever they say about it" {
	local i
	forged() { # N
		TOKEN=a.b.$1 shop GET /v1/products -H "X-Forwarded-For: 10.0.0.$1"
	}
	for i in {1..200}; do
		forged "$i"
		[ "$http_status" = 401 ] || break
	done
	assert_problem 429 rate_limited
	asks_until_limited 200
	asks_until_limited 200 -H 'Authorization: Basic eDp5'
	asks_until_limited 200 -H 'Authorization: Bearer'
}

@test "an address for others needs TLS or an explicit word" {
	local environment
	mapfile -t environment <<<"$GATEWAY_ENVIRONMENT"
	run -1 env "${environment[@]}" ECOM_GATEWAYD_GATEWAY_DIR="$BATS_TEST_TMPDIR" \
		ECOM_GATEWAYD_SHOP_ADDRESS=0.0.0.0:1 "$LIBEXEC/gatewayd" --instance x
	assert_contains "$output" 'shop_address: 0.0.0.0:1 can be reached from outside: set tls_certificate'
}

@test "gatewayd tells how many instances and keys there are" {
	INSTANCE=gatewayd-1 direct GET /metrics
	assert_status 200
	assert_contains "$http_body" 'ecom_gateway_up 1'
	assert_contains "$http_body" 'ecom_gateway_instances{backend="catalogd"} 1'
	assert_contains "$http_body" 'ecom_gateway_keys 2'
}

@test "TLS for others, and the address that a trusted proxy tells" {
	local certificate=$SCRATCH/secrets/tls.pem
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
		-keyout "$certificate.key" -out "$certificate" 2>/dev/null
	cat "$certificate.key" >>"$certificate"
	chmod 0644 "$certificate"
	process_stop gatewayd-1
	gatewayd_start ECOM_GATEWAYD_SHOP_ADDRESS="0.0.0.0:${SHOP_URL##*:}" \
		ECOM_GATEWAYD_TLS_CERTIFICATE="$certificate" \
		ECOM_GATEWAYD_TRUSTED_PROXIES=127.0.0.0/8
	wait_for "curl -skf ${SHOP_URL/http:/https:}/v1/products"
	BASE=${SHOP_URL/http:/https:} shop GET /v1/products -k -H 'X-Forwarded-For: 1.1.1.1, 9.9.9.9'
	assert_status 200
	assert_header strict-transport-security
	assert_json '.headers["X-Forwarded-For"] == "9.9.9.9"'
	BASE=$ADMIN_URL shop GET /v1/products
	assert_json '.headers["X-Forwarded-For"] == "127.0.0.1"'
}
