#!/usr/bin/env bats
# paymentd: refunds that services ask for, and what becomes of refunds as events.
load ../lib

setup_file() {
	pg_start paymentd
	nats_start
	daemon_start paymentd
	PEER=$(token_for payments:request orderd internal)
	BOSS=$(token_for 'payments:read refunds:write refunds:approve' 00000000-0000-7000-8000-00000000000b)
	export PEER BOSS
}

peer() { # PATH BODY
	TOKEN=$PEER FRONTEND=internal api POST "$1" -d "$2"
}

boss() {
	TOKEN=$BOSS FRONTEND=admin api "$@"
}

is() { # JQ FILTER about the payment's outcome
	peer /v1/payment-outcomes "{\"payments\":[\"$payment\"]}" && jq -e ".data[0] | $1" <<<"$http_body"
}

captured() { # AMOUNT [TOKEN]
	payment=$(uuidgen) order=$(uuidgen)
	peer /v1/payment-requests "$(jq -n -c --arg p "$payment" --arg o "$order" --arg t "${2:-tok_success}" \
		--argjson a "$1" '{payments: [{payment: $p, order: $o, number: ("N-" + $o[0:8]), owner: "o",
		amount: {amount: $a, currency: "EUR"}, token: $t, deadline: "2099-01-01T00:00:00Z"}]}')"
	assert_status 200
	peer /v1/capture-requests "{\"captures\":[{\"id\":\"$(uuidgen)\",\"payment\":\"$payment\",\"amount\":$1,\"final\":true}]}"
	assert_status 200
	wait_for "is '.status == \"captured\"'" || flunk "$http_body"
}

# ask AMOUNT [SCOPE…]: a refund of the id in $refund
ask() {
	local amount=$1
	shift
	peer /v1/refund-requests "$(jq -n -c --arg id "$refund" --arg p "$payment" --arg o "$order" \
		--arg r "$return" --argjson a "$amount" '{refunds: [{id: $id, payment: $p, order: $o, return: $r,
		amount: $a, reason: "return", requested_by: "00000000-0000-7000-8000-00000000000a",
		scopes: $ARGS.positional}]}' --args "$@")"
	assert_status 200
}

events() { # of the refund: state and version, in order
	pg_sql paymentd "SELECT string_agg(replace(subject, 'payments.refund.', '') || ':' || version, ' '
		ORDER BY id) FROM outbox WHERE aggregate_id = '$refund'"
}

refund_becomes() { # STATUS
	wait_for "boss GET /v1/refunds/$refund && jq -e '.status == \"$1\"' <<<\"\$http_body\"" || flunk "$http_body"
}

@test "a service asks for a refund, once by its id, however often it asks" {
	captured 5000
	refund=$(uuidgen) return=$(uuidgen)
	ask 2000 refunds:write
	assert_json '.data == [{"id":"'"$refund"'","status":"pending","failure":null}]'
	ask 2000 refunds:write
	refund_becomes succeeded
	assert_json '.return == "'"$return"'"'
	ask 4000 refunds:write
	assert_json '.data[0].status == "succeeded"'
	is '.refunded == 2000 and .refund_pending == 0'
	assert_equal "$(events)" 'pending:1 succeeded:2'
	assert_equal "$(pg_sql paymentd "SELECT body FROM outbox WHERE aggregate_id = '$refund' AND version = 2" |
		jq -c --sort-keys .)" "$(jq -n -c --sort-keys --arg id "$refund" --arg p "$payment" --arg o "$order" \
		--arg r "$return" '{refund: $id, payment: $p, order: $o, return: $r,
		amount: {amount: 2000, currency: "EUR"}, reason: "return", status: "succeeded", version: 2}')"
}

@test "the scopes that are given decide whether it needs approval" {
	captured 50000
	refund=$(uuidgen) return=$(uuidgen)
	ask 20000 refunds:write
	assert_json '.data[0].status == "requested"'
	is '.refund_pending == 20000'
	boss POST "/v1/refunds/$refund/approve" -d '{}'
	assert_status 200
	refund_becomes succeeded
	assert_equal "$(events)" 'requested:1 pending:2 succeeded:3'
	refund=$(uuidgen)
	ask 20000 refunds:approve
	assert_json '.data[0].status == "pending"'
	refund=$(uuidgen)
	ask 100
	assert_json '.data[0].status == "requested"'
	boss POST "/v1/refunds/$refund/reject" -d '{}'
	assert_equal "$(events)" 'requested:1 rejected:2'
}

@test "no more than what was captured, and it stays so" {
	captured 5000
	refund=$(uuidgen) return=$(uuidgen)
	ask 5001 refunds:approve
	assert_json '.data[0] | .status == "failed" and .failure == "refund_exceeds_captured"'
	ask 5000 refunds:approve
	assert_json '.data[0].status == "failed"'
	assert_equal "$(events)" 'failed:1'
	is '.refunded == 0 and .refund_pending == 0'
	payment=$(uuidgen) refund=$(uuidgen)
	ask 100 refunds:approve
	assert_json '.data[0] | .status == "failed" and .failure == "payment_unknown"'
}

@test "a refund that the provider refuses is told" {
	captured 5000 tok_refund_fail
	refund=$(uuidgen) return=$(uuidgen)
	ask 100 refunds:write
	refund_becomes failed
	assert_equal "$(events)" 'pending:1 failed:2'
}
