#!/usr/bin/env bats
# Links by mail: a proved address, a new password. What notifyd gets, and what nobody else does.

bats_require_minimum_version 1.5.0
load ../lib

setup_file() {
	pg_start userd
	daemon_start userd
	wait_for 'direct GET /.well-known/jwks.json && [ "$(json ".keys | length")" = 1 ]'
	# A second one that believes the tokens of the tests, as one behind the gateway believes notifyd's.
	daemon_start userd --instance userd-2 ECOM_JWKS_FILE="$SCRATCH/jwks.json"
	export INSTANCE=userd-1
}

register() {
	EMAIL=user-$(uuidgen)@example.com
	TOKEN='' api POST /v1/users \
		-d "{\"email\":\"$EMAIL\",\"password\":\"correct horse\",\"name\":\"Ann Smith\"}"
	assert_status 201
	USER_ID=$(json .id)
}

login() { # PASSWORD
	TOKEN='' api POST /v1/sessions -d "{\"email\":\"$EMAIL\",\"password\":\"$1\"}"
	TOKEN=$(json '.access_token // empty')
	REFRESH=$(json '.refresh_token // empty')
}

internal() { # PATH BODY
	INSTANCE=userd-2 FRONTEND=internal TOKEN=$(token_for users:notify notifyd internal) api POST "$1" -d "$2"
}

# requests PURPOSE: of USER_ID that are open, the newest first
requests() {
	pg_sql userd "SELECT id FROM account_request WHERE user_id = '$USER_ID' AND purpose = '$1'
		AND ended_at IS NULL ORDER BY created_at DESC"
}

# link PURPOSE: sets LINK, the token of the newest request
link() {
	internal /v1/user-links "{\"links\":[{\"id\":\"$(requests "$1" | head -n 1)\",\"user\":\"$USER_ID\",\"purpose\":\"$1\"}]}"
	assert_status 200
	assert_json '.data[0].path | test("^/[a-z-]+#token=[0-9a-f]{64}$")'
	LINK=$(json '.data[0].path' | sed 's/.*token=//')
}

confirm() {
	TOKEN='' api POST /v1/email-verifications/confirm -d "{\"token\":\"$1\"}"
}

new_password() { # LINK PASSWORD
	TOKEN='' api POST /v1/password-resets/confirm -d "{\"token\":\"$1\",\"password\":\"$2\"}"
}

# ask_reset EMAIL: and waits until it was looked after
ask_reset() {
	TOKEN='' api POST /v1/password-resets -d "{\"email\":\"$1\"}"
	assert_status 202
	assert_equal "$http_body" '{}'
	wait_for '[ "$(pg_sql userd "SELECT count(*) FROM reset_asked WHERE email IS NOT NULL")" = 0 ]'
}

@test "registration asks for a mail; its link proves the address, once" {
	register
	assert_equal "$(pg_sql userd "SELECT subject, body->>'request' = (SELECT id::text FROM account_request
		WHERE user_id = '$USER_ID'), body->>'version' FROM outbox
		WHERE aggregate_id = '$USER_ID' AND subject LIKE '%requested'")" 'users.user.verification_requested|t|1'
	assert_json '.email_verified_at == null'
	link verify_email
	confirm "$LINK"
	assert_status 200
	assert_json '.verified_at | startswith("20")'
	confirm "$LINK"
	assert_problem 422 account_link_invalid
	login 'correct horse'
	api GET /v1/me
	assert_json '.email_verified_at != null and .version == 2'
	api POST /v1/email-verifications
	assert_problem 409 email_already_verified
}

@test "asking again ends the link before, and is limited" {
	register
	link verify_email
	local first=$LINK
	login 'correct horse'
	api POST /v1/email-verifications
	assert_status 202
	confirm "$first"
	assert_problem 422 account_link_invalid
	for _ in 1 2 3; do
		api POST /v1/email-verifications
		assert_status 202
	done
	api POST /v1/email-verifications
	assert_problem 429 verification_asked_too_often
	link verify_email
	confirm "$LINK"
	assert_status 200
}

@test "a mail that is written twice has two links, and both end with the first use" {
	register
	link verify_email
	local first=$LINK
	link verify_email
	[ "$first" != "$LINK" ]
	confirm "$first"
	assert_status 200
	confirm "$LINK"
	assert_problem 422 account_link_invalid
}

@test "an old link does nothing, and none is made for it" {
	register
	link verify_email
	pg_sql userd "UPDATE account_request SET expires_at = now() WHERE user_id = '$USER_ID'"
	confirm "$LINK"
	assert_problem 422 account_link_invalid
	internal /v1/user-links "{\"links\":[{\"id\":\"$(requests verify_email)\",\"user\":\"$USER_ID\",\"purpose\":\"verify_email\"}]}"
	assert_json '.data == []'
}

@test "a forgotten password: the link sets a new one and ends every session" {
	register
	login 'correct horse'
	local old=$REFRESH
	ask_reset "$EMAIL"
	link reset_password
	new_password "$LINK" short
	assert_invalid /password too_short
	new_password "$LINK" password123
	assert_invalid /password too_common
	new_password "$LINK" 'battery staple'
	assert_status 200
	assert_json '.user == $id' --arg id "$USER_ID"
	new_password "$LINK" 'another staple'
	assert_problem 422 account_link_invalid
	TOKEN='' api POST /oauth/token -d "{\"grant_type\":\"refresh_token\",\"refresh_token\":\"$old\"}"
	assert_status 400
	assert_equal "$(pg_sql userd "SELECT body->>'reason' FROM outbox WHERE subject = 'users.session.ended'
		AND body->>'user_id' = '$USER_ID'")" password_reset
	login 'correct horse'
	assert_problem 401 invalid_credentials
	login 'battery staple'
	assert_status 201
	# The mail arrived: the address is proved as well.
	api GET /v1/me
	assert_json '.email_verified_at != null'
}

@test "a link for one purpose does not serve the other" {
	register
	link verify_email
	new_password "$LINK" 'battery staple'
	assert_problem 422 account_link_invalid
	ask_reset "$EMAIL"
	link reset_password
	confirm "$LINK"
	assert_problem 422 account_link_invalid
}

@test "who has an account and who has none gets the same answer; three mails an hour" {
	register
	ask_reset "nobody-$(uuidgen)@example.com"
	local headers=$http_headers
	ask_reset "$EMAIL"
	assert_equal "$(sed -E 's/^(date|x-request-id|traceparent|server-timing):.*//' <<<"$http_headers")" \
		"$(sed -E 's/^(date|x-request-id|traceparent|server-timing):.*//' <<<"$headers")"
	local i
	for i in 1 2 3; do
		ask_reset "$EMAIL"
	done
	assert_equal "$(pg_sql userd "SELECT count(*), count(*) FILTER (WHERE ended_at IS NULL) FROM account_request
		WHERE user_id = '$USER_ID' AND purpose = 'reset_password'")" '3|1'
	assert_equal "$(pg_sql userd "SELECT count(*) FROM reset_asked WHERE email IS NOT NULL")" 0
}

@test "notifyd gets addresses, others do not" {
	register
	internal /v1/user-notices "{\"users\":[\"$USER_ID\",\"$(uuidgen)\"]}"
	assert_status 200
	assert_json '.data == [{user: $id, email: $email, name: "Ann Smith", locale: null, verified: false}]' \
		--arg id "$USER_ID" --arg email "$EMAIL"
	INSTANCE=userd-2 FRONTEND=internal TOKEN=$(token_for catalog:read cartd internal) \
		api POST /v1/user-notices -d "{\"users\":[\"$USER_ID\"]}"
	assert_status 403
	INSTANCE=userd-2 FRONTEND=admin TOKEN=$(token_for users:notify) api POST /v1/user-notices -d '{}'
	assert_status 404
}

@test "the language of mails is part of the account" {
	register
	login 'correct horse'
	api PATCH /v1/me -H 'If-Match: "1"' -d '{"locale":"de"}'
	assert_status 200
	assert_json '.locale == "de"'
	api PATCH /v1/me -H 'If-Match: "2"' -d '{"locale":"german"}'
	assert_invalid /locale
	api PATCH /v1/me -H 'If-Match: "2"' -d '{"locale":null}'
	assert_json '.locale == null and .name == "Ann Smith"'
}

@test "no token and no address is in an event, a log or, readable, in the database" {
	register
	ask_reset "$EMAIL"
	link reset_password
	assert_equal "$(pg_sql userd "SELECT count(*) FROM outbox WHERE body::text LIKE '%$LINK%'
		OR body::text LIKE '%@%'")" 0
	assert_equal "$(pg_sql userd "SELECT count(*) FROM account_link
		WHERE hash = sha256('$LINK'::bytea)")" 1
	new_password "$LINK" 'battery staple'
	assert_status 200
	run ! grep -rqF "$LINK" "$SCRATCH/log"
	run ! grep -rqF "$EMAIL" "$SCRATCH/log"
}
