#!/usr/bin/env bats
# userd: every route with good input, bad input, a replay, a stale version; throttling, refresh
# tokens and their reuse, clients, signing keys.

bats_require_minimum_version 1.5.0
load ../lib

ADMIN_SECRET=an-administrator-secret-of-this-test-file
SERVICE_SECRET=a-service-secret-of-this-test-file-only

setup_file() {
	pg_start userd
	bootstrap_client admin "$ADMIN_SECRET"
	bootstrap_client catalogd "$SERVICE_SECRET"
	bootstrap_client short tooshort
	daemon_start userd
	wait_for 'direct GET /.well-known/jwks.json && [ "$(json ".keys | length")" = 1 ]'
}

# --- people ---------------------------------------------------------------------------------------

# register [NAME]: a new user, sets EMAIL and USER_ID.
register() {
	EMAIL=${1:-user}-$(uuidgen)@example.com
	TOKEN='' FRONTEND=shop api POST /v1/users \
		-d "{\"email\":\"$EMAIL\",\"password\":\"correct horse\",\"name\":\"Ann Smith\"}"
	assert_status 201
	USER_ID=$(json .id)
}

# login: sets TOKEN, REFRESH.
login() {
	TOKEN='' api POST /v1/sessions -d "{\"email\":\"$EMAIL\",\"password\":\"${1:-correct horse}\"}"
	TOKEN=$(json '.access_token // empty')
	REFRESH=$(json '.refresh_token // empty')
}

person() {
	register "$@"
	login
	assert_status 201
}

# administrator: sets TOKEN and FRONTEND.
administrator() {
	TOKEN=''
	api POST /oauth/token -u "admin:$ADMIN_SECRET" -d '{"grant_type":"client_credentials"}'
	assert_status 200
	TOKEN=$(json .access_token)
	FRONTEND=admin
}

# claims TOKEN FILTER: of the payload.
claims() {
	local payload
	payload=$(cut -d. -f2 <<<"$1" | tr '_-' '/+')
	while [ $((${#payload} % 4)) -ne 0 ]; do payload+='='; done
	base64 -d <<<"$payload" | jq -r "$2"
}

refresh() { # TOKEN
	TOKEN='' api POST /oauth/token -d "{\"grant_type\":\"refresh_token\",\"refresh_token\":\"$1\"}"
}

events() { # SUBJECT AGGREGATE
	pg_sql userd "SELECT count(*) FROM outbox WHERE subject = '$1' AND aggregate_id = '$2'"
}

# --- registration ---------------------------------------------------------------------------------

@test "POST /v1/users registers a customer, in lower case, with one event without personal data" {
	api POST /v1/users -d '{"email":"Ann.Smith@Example.COM","password":"correct horse","name":"Ann Smith"}'
	assert_status 201
	assert_json '.email == "ann.smith@example.com" and .roles == ["customer"] and .version == 1'
	assert_json 'has("password") or has("password_hash") | not'
	assert_header location "^/v1/users/$(json .id)$"
	assert_equal "$(events users.user.created "$(json .id)")" 1
	assert_equal "$(pg_sql userd "SELECT count(*) FROM outbox WHERE body::text ~* 'ann|example'")" 0
	assert_equal "$(pg_sql userd "SELECT left(password_hash, 31) FROM users WHERE email = 'ann.smith@example.com'")" \
		'$argon2id$v=19$m=19456,t=2,p=1$'
}

@test "POST /v1/users with a taken address is 409 and stores nothing" {
	register
	api POST /v1/users -d "{\"email\":\"${EMAIL^^}\",\"password\":\"another horse\",\"name\":\"X\"}"
	assert_problem 409 user_email_taken
}

@test "POST /v1/users again with its key is the same user, one event; another body is refused" {
	local body='{"email":"replay@example.com","password":"correct horse","name":"Ann"}' first
	api POST /v1/users -H 'Idempotency-Key: "r1"' -d "$body"
	assert_status 201
	first=$http_body
	api POST /v1/users -H 'Idempotency-Key: r1' -d "$body"
	assert_status 201
	assert_equal "$http_body" "$first"
	assert_header idempotent-replayed true
	assert_header location "^/v1/users/$(json .id)$"
	assert_equal "$(events users.user.created "$(json .id)")" 1
	api POST /v1/users -H 'Idempotency-Key: r1' -d '{"email":"replay@example.com","password":"correct horse","name":"Bob"}'
	assert_problem 422 idempotency_key_reused
	# Keys of other people are other keys.
	api POST /v1/users -H 'Idempotency-Key: r1' -d '{"email":"replay2@example.com","password":"correct horse","name":"Ann"}'
	assert_status 201
}

@test "the hash of a request says nothing about the password" {
	local body='{"email":"hash@example.com","password":"%s","name":"Ann"}'
	# shellcheck disable=SC2059
	api POST /v1/users -H 'Idempotency-Key: h1' -d "$(printf "$body" 'correct horse')"
	assert_status 201
	# shellcheck disable=SC2059
	api POST /v1/users -H 'Idempotency-Key: h1' -d "$(printf "$body" 'another horse')"
	assert_status 201
	assert_header idempotent-replayed true
}

@test "POST /v1/users refuses bad input, every field at once" {
	api POST /v1/users -d '{"email":"nobody","password":"sh0rt!!","name":"","admin":true}'
	assert_invalid /email wrong_form
	assert_invalid /password too_short
	assert_invalid /name too_short
	assert_invalid /admin unknown_field
	[[ $http_body != *sh0rt* ]] || flunk "the password is repeated"
	api POST /v1/users -d '{}'
	assert_invalid /email required
	api POST /v1/users -d '{"email":1,"password":[],"name":{}}'
	assert_invalid /password wrong_type
	api POST /v1/users -d '{"email":"c@example.com","password":"correct horse","name":"a\u001b[2Jb"}'
	assert_invalid /name wrong_form
	api POST /v1/users -d '{"email":"c@example.com","password":"correct\u0000horse","name":"a"}'
	assert_problem 400 bad_json
	api POST /v1/users -d '{"email":'
	assert_problem 400 bad_json
	api POST /v1/users -H 'Content-Type: text/plain' -d '{}'
	assert_problem 415 unsupported_media_type
}

@test "common passwords and the own address are refused, long and strange ones are not" {
	api POST /v1/users -d '{"email":"weak@example.com","password":"Password1","name":"A"}'
	assert_invalid /password too_common
	api POST /v1/users -d '{"email":"weak@example.com","password":"weak@example.com","name":"A"}'
	assert_invalid /password too_common
	api POST /v1/users -d '{"email":"weak@example.com","password":"zzzzzzzzzz","name":"A"}'
	assert_invalid /password too_common
	local long
	long=$(printf 'ü%.0s' {1..255})x
	EMAIL=long@example.com
	api POST /v1/users -d "{\"email\":\"$EMAIL\",\"password\":\"$long\",\"name\":\"A\"}"
	assert_status 201
	login "$long"
	assert_status 201
	api POST /v1/users -d "{\"email\":\"b$EMAIL\",\"password\":\"x$long\",\"name\":\"A\"}"
	assert_invalid /password too_long
}

@test "64 equal registrations at once make one user and one event" {
	local i pids=() body='{"email":"crowd@example.com","password":"correct horse","name":"Ann"}'
	mkdir "$BATS_TEST_TMPDIR/crowd"
	for i in {1..64}; do
		curl -s -o "$BATS_TEST_TMPDIR/crowd/$i" -H "@$SCRATCH/secrets/gateway-userd.header" \
			-H 'X-Ecom-Frontend: shop' -H 'Content-Type: application/json' \
			-H 'Idempotency-Key: crowd' -d "$body" "http://$(daemon_address)/v1/users" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(cat "$BATS_TEST_TMPDIR"/crowd/* | jq -c . | sort -u | wc -l)" 1
	assert_equal "$(events users.user.created "$(jq -r .id "$BATS_TEST_TMPDIR/crowd/1")")" 1
}

# --- login ----------------------------------------------------------------------------------------

@test "POST /v1/sessions answers tokens of 15 minutes that name the session and no person" {
	register
	login
	assert_status 201
	assert_json '.token_type == "Bearer" and .expires_in == 900 and (.refresh_token | startswith("ecom_rt_"))'
	assert_header cache-control no-store
	assert_equal "$(claims "$TOKEN" .sub)" "$USER_ID"
	assert_equal "$(claims "$TOKEN" '.exp - .iat')" 900
	assert_equal "$(claims "$TOKEN" '[.iss, .aud] | join(" ")')" "ecom ecom"
	assert_equal "$(claims "$TOKEN" 'keys | join(" ")')" "aud exp iat iss jti nbf scope sid sub"
	assert_equal "$(pg_sql userd "SELECT user_id FROM session WHERE id = '$(claims "$TOKEN" .sid)'")" "$USER_ID"
	api GET /v1/me
	assert_status 200
}

@test "a wrong password and an unknown address look the same" {
	register
	login 'wrong horse'
	assert_problem 401 invalid_credentials
	assert_header www-authenticate Bearer
	local known
	known=$(json 'del(.request_id)')
	EMAIL=nobody@example.com login
	assert_problem 401 invalid_credentials
	assert_equal "$(json 'del(.request_id)')" "$known"
}

@test "an unknown address takes as long as a known one" {
	register
	known=999999999 unknown=999999999
	# The fastest of each, until other work on the machine no longer makes the difference.
	wait_for 'refused_logins_take_the_same_time' 300 || flunk "known $known us, unknown $unknown us"
}

refused_logins_take_the_same_time() {
	local took
	took=$(refused_login_us "$EMAIL")
	[ "$took" -ge "$known" ] || known=$took
	took=$(refused_login_us nobody-at-all@example.com)
	[ "$took" -ge "$unknown" ] || unknown=$took
	[ $((unknown * 3)) -gt $((known * 2)) ] && [ $((known * 3)) -gt $((unknown * 2)) ]
}

refused_login_us() {
	pg_sql userd 'DELETE FROM login_failure'
	curl -s -o /dev/null -w '%{time_total}' -H "@$SCRATCH/secrets/gateway-userd.header" \
		-H 'X-Ecom-Frontend: shop' -H 'Content-Type: application/json' \
		-d "{\"email\":\"$1\",\"password\":\"wrong horse\"}" \
		"http://$(daemon_address)/v1/sessions" | awk '{ print int($1 * 1000000) }'
}

@test "after five failures an account waits, and the right password works after Retry-After" {
	local i before
	register throttled
	for i in {1..5}; do
		login 'wrong horse'
		assert_problem 401 invalid_credentials
	done
	assert_equal "$(delay)" 1
	block '50 seconds'
	login
	assert_problem 429 too_many_attempts
	assert_header retry-after '^([1-4][0-9]|50)$'
	assert_equal "$(json .retryable)" true
	block '1 second'
	# Others are not affected, and waiting attempts do not count.
	before=$EMAIL
	person other
	EMAIL=$before
	assert_equal "$(failures)" 5
	wait_for 'login && [ "$http_status" = 201 ]'
	assert_equal "$(failures)" ''
}

# What the last failure costs; not what is left of it, for a machine may be slower than a second.
delay() {
	pg_sql userd "SELECT extract(epoch FROM blocked_until - failed_at)::int FROM login_failure
		WHERE email_hash = $(email_hash)"
}

@test "unknown addresses are throttled as well, each failure doubles the wait, up to a minute" {
	local i
	EMAIL=ghost@example.com
	for i in 0 0 0 0 1 2 4 8 16 32 60 60; do
		login 'wrong horse'
		assert_problem 401 invalid_credentials
		assert_equal "$(delay)" "$i"
		block '0'
	done
	block '50 seconds'
	login 'wrong horse'
	assert_problem 429 too_many_attempts
	assert_header retry-after '^([1-4][0-9]|50)$'
}

email_hash() {
	echo "sha256('$EMAIL')"
}

block() { # INTERVAL: from now on
	pg_sql userd "UPDATE login_failure SET blocked_until = now() + '$1' WHERE email_hash = $(email_hash)"
}

failures() {
	pg_sql userd "SELECT failures FROM login_failure WHERE email_hash = $(email_hash)"
}

@test "POST /v1/sessions refuses bad input" {
	api POST /v1/sessions -d '{"email":"a@example.com"}'
	assert_invalid /password required
	api POST /v1/sessions -d '{"email":"a@example.com","password":""}'
	assert_invalid /password too_short
	api POST /v1/sessions -d '{"email":["a"],"password":"x"}'
	assert_invalid /email wrong_type
	api POST /v1/sessions -d "{\"email\":\"' OR 1=1 --@example.com\",\"password\":\"x\"}"
	assert_invalid /email wrong_form
}

@test "a password hashed with weaker parameters is hashed again at login" {
	register
	# Of "correct horse" with 8 MiB and one pass.
	local weak='$argon2id$v=19$m=8192,t=1,p=1$T9AnUR6XkjofdubFwFT1kQ$SbmTmbMv/mqU5OyRXSO/22NtEg9NWkR+iXN2W1udvho'
	pg_sql userd "UPDATE users SET password_hash = '$weak' WHERE id = '$USER_ID'"
	login
	assert_status 201
	assert_equal "$(pg_sql userd "SELECT left(password_hash, 31) FROM users WHERE id = '$USER_ID'")" \
		'$argon2id$v=19$m=19456,t=2,p=1$'
	login
	assert_status 201
}

@test "DELETE /v1/sessions/current ends the session and its refresh tokens" {
	person
	api DELETE /v1/sessions/current
	assert_status 204
	local sid
	sid=$(claims "$TOKEN" .sid)
	assert_equal "$(pg_sql userd "SELECT end_reason FROM session WHERE id = '$sid'")" logout
	assert_equal "$(events users.session.ended "$sid")" 1
	api DELETE /v1/sessions/current
	assert_status 204
	assert_equal "$(events users.session.ended "$sid")" 1
	refresh "$REFRESH"
	assert_problem 400 invalid_grant
	administrator
	api DELETE /v1/sessions/current
	assert_problem 404 not_found
}

# --- refresh tokens -------------------------------------------------------------------------------

@test "a refresh token is exchanged for new tokens of the same session" {
	person
	local old=$REFRESH sid
	sid=$(claims "$TOKEN" .sid)
	refresh "$old"
	assert_status 200
	assert_json '.refresh_token != $old and .expires_in == 900' --arg old "$old"
	assert_equal "$(claims "$(json .access_token)" .sid)" "$sid"
	TOKEN=$(json .access_token) api GET /v1/me
	assert_status 200
}

@test "a lost answer is answered again, with the same successor" {
	person
	refresh "$REFRESH"
	assert_status 200
	local next
	next=$(json .refresh_token)
	refresh "$REFRESH"
	assert_status 200
	assert_equal "$(json .refresh_token)" "$next"
	refresh "$next"
	assert_status 200
}

@test "32 equal exchanges at once give one successor" {
	person
	local i pids=()
	mkdir "$BATS_TEST_TMPDIR/many"
	for i in {1..32}; do
		curl -s -o "$BATS_TEST_TMPDIR/many/$i" -H "@$SCRATCH/secrets/gateway-userd.header" \
			-H 'X-Ecom-Frontend: shop' -H 'Content-Type: application/json' \
			-d "{\"grant_type\":\"refresh_token\",\"refresh_token\":\"$REFRESH\"}" \
			"http://$(daemon_address)/oauth/token" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(cat "$BATS_TEST_TMPDIR"/many/* | jq -r .refresh_token | sort -u | wc -l)" 1
	refresh "$(jq -r .refresh_token "$BATS_TEST_TMPDIR/many/1")"
	assert_status 200
}

@test "a used token whose successor was used ends the session for everyone" {
	person
	local first=$REFRESH second third sid
	sid=$(claims "$TOKEN" .sid)
	refresh "$first"
	second=$(json .refresh_token)
	refresh "$second"
	third=$(json .refresh_token)
	refresh "$first"
	assert_problem 400 invalid_grant
	assert_json '.error == "invalid_grant"'
	refresh "$third"
	assert_problem 400 invalid_grant
	assert_equal "$(pg_sql userd "SELECT end_reason FROM session WHERE id = '$sid'")" reuse
	assert_equal "$(events users.session.ended "$sid")" 1
}

@test "a used token shown after ten seconds ends the session" {
	person
	refresh "$REFRESH"
	local next
	next=$(json .refresh_token)
	pg_sql userd "UPDATE refresh_token SET used_at = used_at - interval '11 seconds' WHERE used_at IS NOT NULL"
	refresh "$REFRESH"
	assert_problem 400 invalid_grant
	refresh "$next"
	assert_problem 400 invalid_grant
}

@test "expired, unknown and malformed refresh tokens are refused" {
	person
	pg_sql userd "UPDATE refresh_token SET expires_at = now() WHERE hash = sha256('$REFRESH')"
	refresh "$REFRESH"
	assert_problem 400 invalid_grant
	person
	pg_sql userd "UPDATE session SET expires_at = now() WHERE id = '$(claims "$TOKEN" .sid)'"
	refresh "$REFRESH"
	assert_problem 400 invalid_grant
	refresh "${REFRESH%?}_"
	assert_problem 400 invalid_grant
	refresh "$TOKEN"
	assert_status 422
	refresh ''
	assert_problem 400 invalid_grant
	refresh "' OR 1=1 --"
	assert_problem 400 invalid_grant
}

@test "the database holds neither a refresh token nor a way to read its successor" {
	person
	refresh "$REFRESH"
	local next
	next=$(json .refresh_token)
	pg_sql userd 'SELECT t::text FROM refresh_token t' >"$BATS_TEST_TMPDIR/tokens"
	run ! grep -qF -e "${REFRESH#ecom_rt_}" -e "${next#ecom_rt_}" "$BATS_TEST_TMPDIR/tokens"
	run ! grep -qiF -e "$(printf %s "$next" | od -An -tx1 | tr -d ' \n')" "$BATS_TEST_TMPDIR/tokens"
}

@test "new scopes come with the next exchange, and fewer can be asked for" {
	person
	local etag
	TOKEN_OF_PERSON=$TOKEN
	administrator
	api GET "/v1/users/$USER_ID"
	etag=$(header etag)
	api PUT "/v1/users/$USER_ID/roles" -H "If-Match: $etag" -d '{"roles":["customer","merchant"]}'
	assert_status 200
	FRONTEND=shop
	refresh "$REFRESH"
	assert_json '.scope | split(" ") | contains(["catalog:read", "catalog:write"])'
	TOKEN='' api POST /oauth/token -d "{\"grant_type\":\"refresh_token\",\"scope\":\"catalog:read users:admin\",\"refresh_token\":\"$(json .refresh_token)\"}"
	assert_json '.scope == "catalog:read"'
	assert_equal "$(claims "$(json .access_token)" .scope)" catalog:read
}

@test "POST /oauth/revoke ends the session of a refresh token, and takes anything else" {
	person
	TOKEN='' api POST /oauth/revoke -H 'Content-Type: application/x-www-form-urlencoded' \
		--data-urlencode "token=$REFRESH" --data-urlencode token_type_hint=refresh_token
	assert_status 200
	refresh "$REFRESH"
	assert_problem 400 invalid_grant
	TOKEN='' api POST /oauth/revoke -d '{"token":"unknown"}'
	assert_status 200
	TOKEN='' api POST /oauth/revoke -d '{}'
	assert_problem 400 invalid_request
}

# --- clients --------------------------------------------------------------------------------------

@test "client credentials by Basic, form and JSON" {
	api POST /oauth/token -u "admin:$ADMIN_SECRET" \
		-H 'Content-Type: application/x-www-form-urlencoded' -d grant_type=client_credentials
	assert_status 200
	assert_json 'has("refresh_token") | not'
	assert_json '.scope | contains("users:admin")'
	assert_equal "$(claims "$(json .access_token)" '[.sub, .aud, .sid // "none"] | join(" ")')" "client:admin ecom none"
	api POST /oauth/token -H 'Content-Type: application/x-www-form-urlencoded' \
		-d "grant_type=client_credentials&client_id=catalogd&client_secret=$SERVICE_SECRET&audience=internal"
	assert_status 200
	assert_equal "$(claims "$(json .access_token)" '[.sub, .aud] | join(" ")')" "client:catalogd internal"
	api POST /oauth/token -d "{\"grant_type\":\"client_credentials\",\"client_id\":\"admin\",\"client_secret\":\"$ADMIN_SECRET\",\"scope\":\"users:read\"}"
	assert_status 200
	assert_json '.scope == "users:read"'
	# Services ask where no gateway is needed.
	direct POST /oauth/token -u "catalogd:$SERVICE_SECRET" -H 'Content-Type: application/json' \
		-d '{"grant_type":"client_credentials"}'
	assert_status 200
}

@test "POST /oauth/token refuses with the errors of RFC 6749" {
	api POST /oauth/token -u admin:wrong -d '{"grant_type":"client_credentials"}'
	assert_problem 401 invalid_client
	assert_header www-authenticate Basic
	assert_json '.error == "invalid_client"'
	api POST /oauth/token -u "nobody:$ADMIN_SECRET" -d '{"grant_type":"client_credentials"}'
	assert_problem 401 invalid_client
	api POST /oauth/token -H 'Authorization: Basic !!!' -d '{"grant_type":"client_credentials"}'
	assert_problem 401 invalid_client
	api POST /oauth/token -H 'Authorization: Basic YWRtaW4AOmI=' -d '{"grant_type":"client_credentials"}'
	assert_problem 401 invalid_client
	api POST /oauth/token -d '{"grant_type":"client_credentials"}'
	assert_problem 401 invalid_client
	api POST /oauth/token -u short:tooshort -d '{"grant_type":"client_credentials"}'
	assert_problem 401 invalid_client
	api POST /oauth/token -u "admin:$ADMIN_SECRET" -d '{"grant_type":"client_credentials","client_id":"admin"}'
	assert_problem 400 invalid_request
	api POST /oauth/token -u "admin:$ADMIN_SECRET" -d '{"grant_type":"client_credentials","audience":"internal"}'
	assert_problem 400 invalid_target
	api POST /oauth/token -u "admin:$ADMIN_SECRET" -d '{"grant_type":"client_credentials","scope":"moon:land"}'
	assert_problem 400 invalid_scope
	api POST /oauth/token -u "admin:$ADMIN_SECRET" -d '{"grant_type":"password"}'
	assert_problem 400 unsupported_grant_type
	api POST /oauth/token -d '{}'
	assert_problem 400 invalid_request
	api POST /oauth/token -d '{"grant_type":"refresh_token"}'
	assert_problem 400 invalid_request
	api POST /oauth/token -d '{"grant_type":"refresh_token","refresh_token":"x","audience":"internal"}'
	assert_problem 400 invalid_target
	api POST /oauth/token -d '{"grant_type":"client_credentials","password":"x"}'
	assert_invalid /password unknown_field
}

@test "clients are made with a secret that is shown once, listed and removed" {
	administrator
	local secret id=robot-1
	api POST /v1/clients -H 'Idempotency-Key: c1' -d "{\"id\":\"$id\",\"role\":\"merchant\"}"
	assert_status 201
	assert_json '.role == "merchant" and .audiences == ["ecom"] and (.secret | startswith("ecom_cs_"))'
	assert_header location "^/v1/clients/$id$"
	secret=$(json .secret)
	api POST /v1/clients -H 'Idempotency-Key: c1' -d "{\"id\":\"$id\",\"role\":\"merchant\"}"
	assert_status 201
	assert_header idempotent-replayed true
	assert_json 'has("secret") | not'
	api POST /v1/clients -d "{\"id\":\"$id\",\"role\":\"merchant\"}"
	assert_problem 409 client_id_taken
	api GET "/v1/clients/$id"
	assert_status 200
	assert_json 'has("secret") or has("secret_hash") | not'
	TOKEN='' FRONTEND=shop api POST /oauth/token -u "$id:$secret" -d '{"grant_type":"client_credentials"}'
	assert_status 200
	assert_json '.scope | split(" ") | contains(["catalog:read", "catalog:write"])'
	api GET '/v1/clients?limit=1'
	assert_json '(.data | length) == 1 and .data[0].id == "admin"'
	api GET "/v1/clients?limit=100&after=$(json .next)"
	assert_json 'any(.data[]; .id == $id) and .next == null' --arg id "$id"
	api DELETE "/v1/clients/$id"
	assert_status 204
	api DELETE "/v1/clients/$id"
	assert_problem 404 not_found
	TOKEN='' FRONTEND=shop api POST /oauth/token -u "$id:$secret" -d '{"grant_type":"client_credentials"}'
	assert_problem 401 invalid_client
}

@test "POST /v1/clients refuses bad input" {
	administrator
	api POST /v1/clients -d '{"id":"Robot","role":"emperor","audience":"all"}'
	assert_invalid /id wrong_form
	assert_invalid /role not_allowed
	assert_invalid /audience not_allowed
	api POST /v1/clients -d '{}'
	assert_invalid /id required
	api GET '/v1/clients?after=!!!'
	assert_status 422
	api GET '/v1/clients?limit=0'
	assert_invalid /limit out_of_range
	api GET /v1/clients/..%2f..%2fetc
	assert_problem 404 not_found
}

# --- the own user ---------------------------------------------------------------------------------

@test "GET /v1/me, with an ETag" {
	person
	api GET /v1/me
	assert_status 200
	assert_json '.id == $id and .email == $email and .roles == ["customer"]' --arg id "$USER_ID" --arg email "$EMAIL"
	assert_header etag '^"1"$'
	api GET /v1/me -H 'If-None-Match: "1"'
	assert_status 304
}

@test "who has no user has no /v1/me" {
	administrator
	api GET /v1/me
	assert_problem 404 not_found
	api PATCH /v1/me -H 'If-Match: "1"' -d '{"name":"X"}'
	assert_problem 404 not_found
	api GET /v1/me/addresses
	assert_problem 404 not_found
	api POST /v1/me/addresses -d '{"name":"A","line1":"B","city":"C","country":"DE"}'
	assert_problem 404 not_found
	assert_equal "$(pg_sql userd "SELECT count(*) FROM idempotency WHERE subject = 'client:admin' AND route LIKE '%addresses'")" 0
	TOKEN='' api GET /v1/me
	assert_problem 401 unauthenticated
}

@test "PATCH /v1/me changes the name, with If-Match" {
	person
	api PATCH /v1/me -d '{"name":"Bob"}'
	assert_problem 428 precondition_required
	api PATCH /v1/me -H 'If-Match: "1"' -d '{"name":"Bob"}'
	assert_status 200
	assert_json '.name == "Bob" and .version == 2'
	assert_header etag '^"2"$'
	api PATCH /v1/me -H 'If-Match: "1"' -d '{"name":"Eve"}'
	assert_problem 412 precondition_failed
	api PATCH /v1/me -H 'If-Match: "2"' -d '{"email":"other@example.com"}'
	assert_invalid /email unknown_field
	api PATCH /v1/me -H 'If-Match: "2"' -d '{"name":null}'
	assert_invalid /name wrong_type
	assert_equal "$(events users.user.updated "$USER_ID")" 1
}

# --- addresses ------------------------------------------------------------------------------------

ADDRESS='{"name":"Ann Smith","line1":"Main Street 1","city":"Berlin","postal_code":"10115","country":"DE"}'

@test "addresses: add, list, show, change, remove" {
	person
	local id
	api POST /v1/me/addresses -d "$ADDRESS"
	assert_status 201
	assert_json '.city == "Berlin" and .company == null and .version == 1 and (has("user_id") | not)'
	id=$(json .id)
	assert_header location "^/v1/me/addresses/$id$"
	api GET /v1/me/addresses
	assert_json '(.data | length) == 1 and .data[0].id == $id and .next == null' --arg id "$id"
	api GET "/v1/me/addresses/$id"
	assert_status 200
	assert_header etag '^"1"$'
	api PATCH "/v1/me/addresses/$id" -H 'If-Match: "1"' -d '{"company":"Smith Ltd","postal_code":null}'
	assert_status 200
	assert_json '.company == "Smith Ltd" and .postal_code == null and .city == "Berlin" and .version == 2'
	api PATCH "/v1/me/addresses/$id" -H 'If-Match: "2"' -d '{"phone":"+49 30 123"}'
	assert_json '.company == "Smith Ltd" and .phone == "+49 30 123" and .version == 3'
	api PATCH "/v1/me/addresses/$id" -H 'If-Match: "1"' -d '{"city":"Rome"}'
	assert_problem 412 precondition_failed
	api PATCH "/v1/me/addresses/$id" -d '{"city":"Rome"}'
	assert_problem 428 precondition_required
	api DELETE "/v1/me/addresses/$id"
	assert_status 204
	api GET "/v1/me/addresses/$id"
	assert_problem 404 not_found
	api DELETE "/v1/me/addresses/$id"
	assert_problem 404 not_found
	assert_equal "$(pg_sql userd "SELECT string_agg(subject, ' ' ORDER BY version) FROM outbox WHERE aggregate_id = '$id'")" \
		'users.address.created users.address.updated users.address.updated users.address.deleted'
}

@test "an address is added once per key" {
	person
	local first
	api POST /v1/me/addresses -H 'Idempotency-Key: a1' -d "$ADDRESS"
	assert_status 201
	first=$http_body
	api POST /v1/me/addresses -H 'Idempotency-Key: a1' -d "$ADDRESS"
	assert_status 201
	assert_equal "$http_body" "$first"
	assert_header idempotent-replayed true
	api POST /v1/me/addresses -H 'Idempotency-Key: a1' -d "${ADDRESS/Berlin/Bonn}"
	assert_problem 422 idempotency_key_reused
	person
	api POST /v1/me/addresses -H 'Idempotency-Key: a1' -d "$ADDRESS"
	assert_status 201
	assert_no_header idempotent-replayed
}

@test "addresses of others are not there" {
	person
	local id
	api POST /v1/me/addresses -d "$ADDRESS"
	id=$(json .id)
	person
	api GET "/v1/me/addresses/$id"
	assert_problem 404 not_found
	api PATCH "/v1/me/addresses/$id" -H 'If-Match: "1"' -d '{"city":"Rome"}'
	assert_problem 404 not_found
	api DELETE "/v1/me/addresses/$id"
	assert_problem 404 not_found
	api GET /v1/me/addresses
	assert_json '.data == []'
}

@test "addresses refuse bad input" {
	person
	api POST /v1/me/addresses -d '{"name":"","line1":1,"country":"Germany","phone":"call me","planet":"x"}'
	assert_invalid /name too_short
	assert_invalid /line1 wrong_type
	assert_invalid /city required
	assert_invalid /country wrong_form
	assert_invalid /phone wrong_form
	assert_invalid /planet unknown_field
	api GET /v1/me/addresses/nonsense
	assert_problem 404 not_found
	api DELETE "/v1/me/addresses/'%20OR%201=1"
	assert_problem 404 not_found
	api PATCH /v1/me/addresses/nonsense -H 'If-Match: "1"' -d '{"city":"X"}'
	assert_problem 404 not_found
	api PATCH /v1/me/addresses/nonsense -H 'If-Match: "one"' -d '{"city":"X"}'
	assert_problem 412 precondition_failed
	api GET '/v1/me/addresses?limit=1'
	assert_status 422
}

@test "a user has at most 50 addresses" {
	person
	pg_sql userd "INSERT INTO address (id, user_id, name, line1, city, country)
		SELECT gen_random_uuid(), '$USER_ID', 'A', 'B', 'C', 'DE' FROM generate_series(1, 50)"
	api POST /v1/me/addresses -d "$ADDRESS"
	assert_problem 409 address_limit_reached
}

# --- administration -------------------------------------------------------------------------------

@test "GET /v1/users lists, pages and finds" {
	local i seen=0 after='' id
	for i in {1..3}; do register; done
	id=$USER_ID
	administrator
	while :; do
		api GET "/v1/users?limit=2${after:+&after=$after}"
		assert_status 200
		seen=$((seen + $(json '.data | length')))
		after=$(json '.next // empty')
		[ -n "$after" ] || break
	done
	assert_equal "$seen" "$(pg_sql userd 'SELECT count(*) FROM users')"
	api GET "/v1/users?email=${EMAIL^^}"
	assert_json '.data | length == 1 and .[0].id == $id and (.[0] | has("password_hash") | not)' --arg id "$id"
	api GET /v1/users?email=nobody-here@example.com
	assert_json '.data == [] and .next == null'
	api GET "/v1/users/$id"
	assert_status 200
	assert_header etag '^"1"$'
	api GET /v1/users/nonsense
	assert_problem 404 not_found
	api GET /v1/users/00000000-0000-0000-0000-000000000000
	assert_problem 404 not_found
}

@test "GET /v1/users refuses bad queries" {
	administrator
	local query
	for query in limit=0 limit=101 limit=x after=x after=WyJ4Il0 after=W10x email=x unknown=1 'limit=1&limit=2'; do
		api GET "/v1/users?$query"
		assert_status 422
	done
	api GET '/v1/users?email=%ff'
	assert_problem 400 bad_request
}

@test "PUT /v1/users/{id}/roles sets roles, with If-Match" {
	register
	administrator
	api PUT "/v1/users/$USER_ID/roles" -d '{"roles":["support"]}'
	assert_problem 428 precondition_required
	api PUT "/v1/users/$USER_ID/roles" -H 'If-Match: "1"' -d '{"roles":["support","customer","support"]}'
	assert_status 200
	assert_json '.roles == ["customer", "support"] and .version == 2'
	api GET "/v1/users/$USER_ID"
	assert_json '.roles == ["customer", "support"] and .version == 2'
	api PUT "/v1/users/$USER_ID/roles" -H 'If-Match: "1"' -d '{"roles":["admin"]}'
	assert_problem 412 precondition_failed
	api PUT "/v1/users/$USER_ID/roles" -H 'If-Match: "2"' -d '{"roles":[]}'
	assert_status 200
	assert_json '.roles == []'
	api PUT "/v1/users/$USER_ID/roles" -H 'If-Match: "3"' -d '{"roles":["king"]}'
	assert_invalid /roles/0 not_allowed
	api PUT "/v1/users/$USER_ID/roles" -H 'If-Match: "3"' -d '{"roles":"admin"}'
	assert_invalid /roles wrong_type
	api PUT /v1/users/nonsense/roles -H 'If-Match: "3"' -d '{"roles":[]}'
	assert_problem 404 not_found
	assert_equal "$(events users.user.roles_changed "$USER_ID")" 2
}

@test "what needs a scope is refused without it, and administration is not on the shop's frontend" {
	person
	local path
	for path in /v1/users "/v1/users/$USER_ID" /v1/clients /v1/clients/admin; do
		FRONTEND=admin api GET "$path"
		assert_problem 403 insufficient_scope
		assert_header www-authenticate insufficient_scope
		TOKEN='' FRONTEND=admin api GET "$path"
		assert_problem 401 unauthenticated
	done
	administrator
	FRONTEND=shop api GET /v1/clients
	assert_problem 404 not_found
	FRONTEND=shop api GET "/v1/users/$USER_ID"
	assert_problem 404 not_found
	FRONTEND=internal api GET /v1/clients
	assert_problem 404 not_found
}

# --- keys -----------------------------------------------------------------------------------------

@test "GET /.well-known/jwks.json shows public keys only, here and behind the gateway" {
	direct GET /.well-known/jwks.json
	assert_status 200
	assert_json '.keys | length > 0 and all(.kty == "RSA" and .alg == "RS256" and .use == "sig"
		and (has("d") or has("p") or has("q") | not))'
	api GET /.well-known/jwks.json
	assert_status 200
	assert_header cache-control max-age
	person
	assert_json 'true'
	direct GET /.well-known/jwks.json
	assert_json 'any(.keys[]; .kid == $kid)' --arg kid "$(cut -d. -f1 <<<"$TOKEN" | base64 -d 2>/dev/null | jq -r .kid)"
}

@test "a new key is published, signs a minute later, and the old one is retired in time" {
	local old new
	old=$(pg_sql userd 'SELECT kid FROM signing_key WHERE retired_at IS NULL')
	pg_sql userd "UPDATE signing_key SET created_at = now() - interval '91 days', signs_from = signs_from - interval '91 days'"
	wait_for 'direct GET /.well-known/jwks.json && [ "$(json ".keys | length")" = 2 ]'
	new=$(pg_sql userd "SELECT kid FROM signing_key WHERE kid <> '$old'")
	assert_equal "$(pg_sql userd "SELECT signs_from - created_at FROM signing_key WHERE kid = '$new'")" 00:01:00
	person
	assert_equal "$(kid_of "$TOKEN")" "$old"
	# When the minute is over, all instances know it.
	pg_sql userd "UPDATE signing_key SET signs_from = now() WHERE kid = '$new'"
	wait_for 'login && [ "$(kid_of "$TOKEN")" = '"'$new'"' ]'
	wait_for 'api GET /v1/me && [ "$http_status" = 200 ]'
	pg_sql userd "UPDATE signing_key SET signs_from = now() - interval '31 days' WHERE kid = '$new'"
	wait_for 'direct GET /.well-known/jwks.json && [ "$(json ".keys | length")" = 1 ]'
	assert_equal "$(json '.keys[0].kid')" "$new"
}

kid_of() {
	local header
	header=$(cut -d. -f1 <<<"$1" | tr '_-' '/+')
	while [ $((${#header} % 4)) -ne 0 ]; do header+='='; done
	base64 -d <<<"$header" | jq -r .kid
}

@test "of several instances that start without a key one makes it" {
	pg_sql userd 'DELETE FROM signing_key'
	daemon_start userd --instance userd-2
	daemon_start userd --instance userd-3
	wait_for '[ "$(pg_sql userd "SELECT count(*) FROM signing_key")" = 1 ]'
	register
	# An instance may sign with the key that is gone until it has read the new one.
	wait_for 'login && api GET /v1/me && [ "$http_status" = 200 ]'
	local instance
	for instance in userd-2 userd-3; do
		INSTANCE=$instance wait_for 'login && [ "$http_status" = 201 ]'
		daemon_stop "$instance"
	done
	assert_equal "$(pg_sql userd 'SELECT count(*) FROM signing_key')" 1
}

@test "a guest gets a token of his own that lives for a month" {
	local first TOKEN
	# The test before changed the keys: this instance may sign with the new one before it reads it back.
	wait_for 'TOKEN= api POST /v1/guests && TOKEN=$(json .access_token) api GET /v1/me && [ "$http_status" != 401 ]'
	TOKEN='' api POST /v1/guests
	assert_status 201
	assert_header cache-control no-store
	assert_json '(.guest | test("^guest:[0-9a-f-]{36}$")) and .token_type == "Bearer" and .expires_in == 2592000'
	first=$(json .guest)
	assert_equal "$(claim "$(json .access_token)" sub)" "$first"
	assert_equal "$(claim "$(json .access_token)" aud)" ecom
	assert_equal "$(claim "$(json .access_token)" scope)" ''
	TOKEN=$(json .access_token)
	api GET /v1/me
	assert_problem 404 not_found
	TOKEN='' api POST /v1/guests
	assert_json '.guest != $first' --arg first "$first"
}

claim() { # TOKEN NAME
	jq -R -r --arg name "$2" 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") |
		. + "==="[(length + 3) % 4:] | @base64d | fromjson | .[$name]' <<<"$1"
}

@test "the roles may do what the checkout needs" {
	assert_equal "$(pg_sql userd "SELECT granted_scope('{service}', NULL)")" \
		'carts:read catalog:read orders:read payments:request stock:allocate users:notify'
	assert_equal "$(pg_sql userd "SELECT granted_scope('{guest,customer}', NULL)")" ''
	assert_equal "$(pg_sql userd "SELECT granted_scope('{admin}', 'refunds:approve jobs:write')")" \
		'jobs:write refunds:approve'
	assert_equal "$(pg_sql userd "SELECT granted_scope('{merchant}', 'refunds:approve jobs:write')")" ''
}
