#!/usr/bin/env bats
# paymentd: payments against the sandbox, refunds, the ledger, reconciliation, and what happens when it
# is killed.
load ../lib

setup_file() {
	pg_start paymentd
	nats_start
	daemon_start paymentd
	PEER=$(token_for payments:request orderd internal)
	STAFF=$(token_for 'payments:read payments:write refunds:write ledger:read' 00000000-0000-7000-8000-00000000000a)
	BOSS=$(token_for 'payments:read refunds:write refunds:approve' 00000000-0000-7000-8000-00000000000b)
	export PEER STAFF BOSS
}

setup() {
	settings '{"latency_ms":0,"failure_rate":0,"lost_rate":0,"webhooks":"late","duplicate_rate":0,
		"webhook_delay_ms":0,"hold_ms":604800000}'
}

settings() {
	direct POST /v1/sandbox/settings -H 'Content-Type: application/json' -d "$1"
	assert_status 200
}

peer() { # PATH BODY
	TOKEN=$PEER FRONTEND=internal api POST "$1" -d "$2"
}

staff() { # METHOD PATH [curl arguments]
	TOKEN=$STAFF FRONTEND=admin api "$@"
}

boss() {
	TOKEN=$BOSS FRONTEND=admin api "$@"
}

# request TOKEN [AMOUNT]: asks for a payment of an order of its own; sets payment and order.
request() {
	payment=$(uuidgen) order=$(uuidgen)
	request_again "$@"
}

request_again() {
	peer /v1/payment-requests "$(jq -n -c --arg p "$payment" --arg o "$order" --arg t "$1" \
		--argjson a "${2:-5000}" '{payments: [{payment: $p, order: $o, number: ("N-" + $o[0:8]),
		 owner: "00000000-0000-7000-8000-000000000001", amount: {amount: $a, currency: "EUR"},
		 token: $t, deadline: "2099-01-01T00:00:00Z"}]}')"
	assert_status 200
}

outcome() {
	peer /v1/payment-outcomes "{\"payments\":[\"$payment\"]}"
	assert_status 200
}

is() { # JQ FILTER about the outcome
	outcome
	jq -e ".data[0] | $1" <<<"$http_body"
}

becomes() { # JQ FILTER
	wait_for "is '$1'" || flunk "$http_body"
}

authorized() { # [TOKEN] [AMOUNT]
	request "${1:-tok_success}" "${2:-5000}"
	becomes '.status == "authorized"'
}

capture() { # AMOUNT FINAL: by a shipment
	shipment=$(uuidgen)
	peer /v1/capture-requests "{\"captures\":[{\"id\":\"$shipment\",\"payment\":\"$payment\",\"amount\":$1,\"final\":$2}]}"
	assert_status 200
}

captured() { # AMOUNT [TOKEN]
	authorized "${2:-tok_success}" "$1"
	capture "$1" true
	becomes '.status == "captured"'
}

cancel() {
	peer /v1/payment-cancellations "{\"payments\":[{\"payment\":\"$payment\",\"order\":\"$order\",\"reason\":\"test\"}]}"
	assert_status 200
}

events() { # of the payment, in the outbox
	pg_sql paymentd "SELECT string_agg(replace(subject, 'payments.payment.', ''), ' ' ORDER BY id)
		FROM outbox WHERE aggregate_id = '$payment'"
}

books() { # COLUMNS of the provider's own books
	pg_sql paymentd "SELECT $1 FROM sandbox.authorization WHERE payment = '$payment'"
}

tries() { # calls of the provider for the payment's authorisation
	pg_sql paymentd "SELECT attempt FROM payment_operation WHERE payment_id = '$payment' AND kind = 'authorize'"
}

balanced() {
	staff GET /v1/ledger-verification
	assert_status 200
	assert_json '.balanced and .differences == []'
}

# --- authorisations ---------------------------------------------------------------------------------

@test "a payment is authorised, once, whatever is repeated" {
	authorized
	assert_equal "$(books 'count(*), sum(amount), min(status)')" '1|5000|authorized'
	request_again tok_success
	assert_json '.data[0].status == "authorized"'
	assert_equal "$(books 'count(*)')" 1
	assert_equal "$(events)" authorized
	outcome
	assert_json '.data[0] | .order == "'"$order"'" and .authorized == 5000 and .captured == 0
		and .currency == "EUR" and .reason == null and .next_action == null and .version == 2'
	balanced
}

@test "a batch of payments is one request, with one entry each" {
	local body
	body=$(for _ in {1..50}; do echo "$(uuidgen) $(uuidgen)"; done | jq -R -s -c '{payments:
		[split("\n")[] | select(. != "") | split(" ") | {payment: .[0], order: .[1], number: "B",
		 owner: "o", amount: {amount: 100, currency: "EUR"}, token: "tok_success", deadline: null}]}')
	peer /v1/payment-requests "$body"
	assert_status 200
	assert_json '.data | length == 50 and all(.status == "pending")'
	ids=$(jq -c '{payments: [.payments[].payment]}' <<<"$body")
	wait_for 'peer /v1/payment-outcomes "$ids" && [ "$(json "[.data[] | select(.status == \"authorized\")] | length")" = 50 ]'
}

@test "an order has one payment that can take money" {
	authorized
	payment=$(uuidgen)
	request_again tok_success
	assert_json '.data[0].status == "failed"'
	assert_equal "$(books 'count(*)')" 0
}

@test "what is declined says why" {
	request tok_decline
	becomes '.status == "declined" and .reason == "card_declined"'
	assert_equal "$(events)" declined
	request tok_insufficient_funds
	becomes '.status == "declined" and .reason == "insufficient_funds"'
	request tok_nobody_knows
	becomes '.status == "declined" and .reason == "token_unknown"'
	balanced
}

@test "nothing to pay is authorised without asking anybody" {
	request tok_success 0
	becomes '.status == "authorized"'
	assert_equal "$(books 'count(*)')" 0
	# Nothing is held, so nothing is prolonged.
	pg_sql paymentd "UPDATE payment SET hold_ends_at = now() WHERE id = '$payment'"
	assert_equal "$(pg_sql paymentd "SELECT count(*) FROM payment_keep_holds() id WHERE id = '$payment'")" 0
	cancel
	becomes '.status == "cancelled"'
}

@test "3-D-Secure: the customer acts, or does not, or fails" {
	request tok_3ds
	becomes '.status == "action_required" and .next_action.type == "challenge"'
	local reference
	reference=$(json '.data[0].next_action.reference')
	staff POST "/v1/sandbox/challenges/$reference" -d '{"outcome":"success"}'
	assert_status 200
	becomes '.status == "authorized" and .next_action == null'
	staff POST "/v1/sandbox/challenges/$reference" -d '{"outcome":"success"}'
	assert_problem 409 sandbox_challenge_over
	assert_equal "$(events)" 'action_required authorized'
	request tok_3ds
	becomes '.status == "action_required"'
	reference=$(json '.data[0].next_action.reference')
	direct POST "/v1/sandbox/challenges/$reference" -H 'Content-Type: application/json' -d '{"outcome":"failure"}'
	becomes '.status == "declined" and .reason == "authentication_failed"'
	request tok_3ds
	becomes '.status == "action_required"'
	cancel
	becomes '.status == "cancelled"'
	assert_equal "$(books status)" voided
	balanced
}

@test "a late success comes by webhook, or by asking" {
	request tok_late_300
	becomes '.status == "authorized"'
	assert_equal "$(events)" authorized
	assert_equal "$(books 'count(*)')" 1
	# Nobody tells: it is asked about.
	request tok_late_300
	pg_sql paymentd "DELETE FROM sandbox.webhook WHERE body->>'payment' = '$payment'"
	becomes '.status == "authorized"'
}

@test "an answer that is lost, slow or an error is asked for again, with one effect" {
	request tok_flaky
	becomes '.status == "authorized"'
	assert_equal "$(books 'count(*)')" 1
	request tok_slow_700
	becomes '.status == "authorized"'
	assert_equal "$(books 'count(*)')" 1
	settings '{"failure_rate":100}'
	request tok_success
	wait_for '[ "$(tries)" -ge 2 ]'
	assert_equal "$(books 'count(*)')" 0
	settings '{"failure_rate":0,"lost_rate":100}'
	wait_for '[ "$(books "count(*)")" = 1 ]'
	settings '{"lost_rate":0}'
	becomes '.status == "authorized"'
	assert_equal "$(books 'count(*)')" 1
	balanced
}

@test "an authorisation of which the answer never came is not made twice" {
	request tok_timeout_success
	becomes '.status == "authorized"'
	# The first call was made, and nobody learnt from it how it went.
	[ "$(tries)" -ge 2 ]
	assert_equal "$(books 'count(*)')" 1
}

# --- cancelling -------------------------------------------------------------------------------------

@test "a cancelled authorisation is released" {
	authorized
	cancel
	becomes '.status == "cancelled" and .authorized == 5000 and .voided == 5000 and .reason == "test"'
	assert_equal "$(books status)" voided
	cancel
	assert_json '.data[0].status == "cancelled"'
	assert_equal "$(events)" 'authorized cancelled'
	balanced
}

@test "a cancellation that comes first makes the request answer cancelled" {
	payment=$(uuidgen) order=$(uuidgen)
	cancel
	assert_json '.data[0].status == "cancelled"'
	request_again tok_success
	assert_json '.data[0].status == "cancelled"'
	assert_equal "$(books 'count(*)')" 0
}

@test "a success that comes after the cancellation is released, and nobody sees it authorised" {
	request tok_slow_6000
	wait_for "[ \"\$(books 'count(*)')\" = 1 ]"
	cancel
	assert_json '.data[0].status == "pending"'
	becomes '.status == "cancelled"'
	assert_equal "$(books status)" voided
	assert_equal "$(events)" cancelled
	request tok_late_60000
	wait_for "[ \"\$(books 'count(*)')\" = 1 ]"
	cancel
	becomes '.status == "cancelled"'
	assert_equal "$(books status)" voided
	balanced
}

# --- captures ---------------------------------------------------------------------------------------

@test "shipments capture parts, the last one releases the rest" {
	authorized
	capture 2000 false
	becomes '.captured == 2000 and .status == "authorized"'
	peer /v1/capture-requests "{\"captures\":[{\"id\":\"$shipment\",\"payment\":\"$payment\",\"amount\":2000}]}"
	assert_json '.data == [{"id": "'"$shipment"'", "status": "succeeded"}]'
	capture 9000 false
	assert_json '.data[0].status == "failed"'
	capture 1000 true
	becomes '.captured == 3000 and .voided == 2000 and .status == "captured"'
	assert_equal "$(books 'captured, released')" '3000|t'
	capture 1 true
	assert_json '.data[0].status == "failed"'
	assert_equal "$(events)" 'authorized captured captured'
	balanced
}

@test "a capture that is asked for before the authorisation waits for it" {
	request tok_slow_400
	capture 5000 true
	assert_json '.data[0].status == "pending"'
	becomes '.status == "captured"'
	request tok_decline
	capture 5000 true
	becomes '.status == "declined"'
	peer /v1/capture-requests "{\"captures\":[{\"id\":\"$shipment\",\"payment\":\"$payment\",\"amount\":5000}]}"
	assert_json '.data[0].status == "failed"'
}

# captures ID AMOUNT FINAL: SQL
captures() {
	echo "SELECT capture_request('[{\"id\":\"$1\",\"payment\":\"$payment\",\"amount\":$2,\"final\":$3}]');"
}

@test "a cancellation does not call off a capture that has not been made yet" {
	authorized
	shipment=$(uuidgen)
	pg_sql paymentd "BEGIN; $(captures "$shipment" 2000 false)
		SELECT payment_cancel('[{\"payment\":\"$payment\",\"order\":\"$order\",\"reason\":\"test\"}]'); COMMIT" >/dev/null
	becomes '.captured == 2000 and .voided == 3000 and .status == "captured"'
	assert_equal "$(books 'captured, released')" '2000|t'
	balanced
}

@test "the last capture, which releases the rest, waits for those before it" {
	authorized
	shipment=$(uuidgen)
	pg_sql paymentd "BEGIN; $(captures "$shipment" 2000 false)
		UPDATE payment_operation SET due_at = now() + interval '1 second' WHERE id = '$shipment';
		$(captures "$(uuidgen)" 1000 true) COMMIT" >/dev/null
	becomes '.captured == 3000 and .voided == 2000 and .status == "captured"'
	authorized
	shipment=$(uuidgen)
	pg_sql paymentd "BEGIN; $(captures "$shipment" 2000 false)
		UPDATE payment_operation SET due_at = now() + interval '1 second' WHERE id = '$shipment';
		$(captures "$(uuidgen)" 0 true) COMMIT" >/dev/null
	becomes '.captured == 2000 and .voided == 3000 and .status == "captured"'
	balanced
}

@test "a failed capture is told" {
	authorized tok_capture_fail
	capture 5000 true
	wait_for '[ "$(events)" = "authorized capture_failed" ]'
	becomes '.captured == 0 and .status == "authorized"'
	peer /v1/capture-requests "{\"captures\":[{\"id\":\"$shipment\",\"payment\":\"$payment\",\"amount\":5000}]}"
	assert_json '.data[0].status == "failed"'
	balanced
}

@test "staff capture and release by hand" {
	authorized
	staff POST "/v1/payments/$payment/captures" -d '{"amount":6000}'
	assert_problem 409 capture_too_much
	staff POST "/v1/payments/$payment/captures" -d '{"amount":1500}' -H 'Idempotency-Key: by-hand'
	assert_status 202
	staff POST "/v1/payments/$payment/captures" -d '{"amount":1500}' -H 'Idempotency-Key: by-hand'
	assert_status 202
	becomes '.captured == 1500'
	staff POST "/v1/payments/$payment/void" -d '{}'
	assert_status 202
	becomes '.status == "captured" and .captured == 1500 and .voided == 3500'
	staff POST "/v1/payments/$payment/void" -d '{}'
	assert_problem 409 payment_not_open
	staff POST "/v1/payments/$payment/captures" -d '{}'
	assert_problem 409 payment_not_authorized
	staff POST "/v1/payments/$(uuidgen)/void" -d '{}'
	assert_problem 404 not_found
	balanced
}

@test "a dispute takes the money back" {
	captured 5000 tok_dispute
	becomes '.disputed == 5000'
	# The bank may be faster than the answer to the capture.
	assert_equal "$(events | tr ' ' '\n' | sort | tr '\n' ' ')" 'authorized captured disputed '
	balanced
}

# --- holds ------------------------------------------------------------------------------------------

@test "a hold is prolonged before it ends" {
	authorized
	# It began six days ago and has an hour left.
	pg_sql paymentd "UPDATE payment SET authorized_at = now() - interval '6 days',
			hold_ends_at = now() + interval '1 hour' WHERE id = '$payment'" \
		"UPDATE sandbox.authorization SET expires_at = now() + interval '1 hour' WHERE payment = '$payment'"
	wait_for "[ \"\$(pg_sql paymentd \"SELECT state FROM payment_operation WHERE payment_id = '$payment' AND kind = 'renew'\")\" = succeeded ]"
	assert_equal "$(pg_sql paymentd "SELECT count(*) FROM payment_event WHERE payment_id = '$payment' AND kind = 'renewed'")" 1
	is '.status == "authorized"'
	assert_equal "$(pg_sql paymentd "SELECT hold_ends_at > now() + interval '6 days' FROM payment WHERE id = '$payment'")" t
}

@test "a hold that has ended is known to have ended" {
	settings '{"hold_ms":100}'
	request tok_success
	becomes '.status == "failed" and .reason == "hold_expired" and .voided == 5000'
	settings '{"hold_ms":604800000}'
	balanced
}

# --- refunds ----------------------------------------------------------------------------------------

refund() { # AMOUNT: by staff
	staff POST /v1/refunds -d "{\"payment\":\"$payment\",\"amount\":$1,\"reason\":\"broken\"}"
}

refund_becomes() { # JQ FILTER
	wait_for "boss GET /v1/refunds/$refund && jq -e '$1' <<<\"\$http_body\"" || flunk "$http_body"
}

@test "a refund is previewed, made, and counted" {
	captured 5000
	staff GET "/v1/refund-previews?payment=$payment&amount=2000"
	assert_json '.possible and .refundable == {"amount":5000,"currency":"EUR"} and .amount.amount == 2000 and .needs_approval == false
		and .transfers == [{"debit":"refunds","credit":"clearing","amount":{"amount":2000,"currency":"EUR"}}]'
	refund 2000
	assert_status 201
	assert_header location "^/v1/refunds/"
	refund=$(json .id)
	refund_becomes '.status == "succeeded"'
	becomes '.refunded == 2000 and .refund_pending == 0'
	assert_equal "$(books refunded)" 2000
	refund 3001
	assert_problem 409 refund_too_much
	staff GET "/v1/refund-previews?order=$order&amount=3001"
	assert_json '.possible == false and .reason == "refund_too_much"'
	staff POST /v1/refunds -d "{\"order\":\"$order\",\"all\":true,\"reason\":\"all\"}"
	assert_status 201
	becomes '.refunded == 5000'
	assert_equal "$(events)" 'authorized captured refunded refunded'
	staff POST /v1/refunds -d "{\"order\":\"$order\",\"reason\":\"x\"}"
	assert_problem 422 refund_incomplete
	staff POST /v1/refunds -d "{\"order\":\"nothing\",\"all\":true,\"reason\":\"x\"}"
	assert_problem 422 refund_of_nothing
	balanced
}

@test "a refund with a repeated key has one effect" {
	captured 5000
	local body="{\"payment\":\"$payment\",\"amount\":1000,\"reason\":\"r\"}" first
	staff POST /v1/refunds -d "$body" -H 'Idempotency-Key: refund-once'
	assert_status 201
	first=$(json .id)
	staff POST /v1/refunds -d "$body" -H 'Idempotency-Key: refund-once'
	assert_status 201
	assert_header idempotent-replayed true
	assert_equal "$(json .id)" "$first"
	becomes '.refunded == 1000'
}

@test "a refund above the limit waits for somebody else's approval" {
	captured 50000
	refund 20000
	assert_status 201
	assert_json '.status == "requested"'
	refund=$(json .id)
	becomes '.refund_pending == 20000 and .refunded == 0'
	staff POST "/v1/refunds/$refund/approve" -d '{}'
	assert_problem 403 insufficient_scope
	boss POST "/v1/refunds/$refund/approve" -d '{"note":"fine"}'
	assert_status 200
	refund_becomes '.status == "succeeded" and .note == "fine"'
	boss POST "/v1/refunds/$refund/approve" -d '{}'
	assert_problem 409 refund_decided
	refund 20000
	refund=$(json .id)
	boss POST "/v1/refunds/$refund/reject" -d '{"note":"no"}'
	assert_json '.status == "rejected"'
	becomes '.refund_pending == 0 and .refunded == 20000'
	TOKEN=$(token_for 'refunds:write refunds:approve' 00000000-0000-7000-8000-00000000000a) \
		FRONTEND=admin api POST /v1/refunds -d "{\"payment\":\"$payment\",\"amount\":20000,\"reason\":\"mine\"}"
	assert_json '.status == "pending"'
	becomes '.refunded == 40000'
	pg_sql paymentd "UPDATE refund_limit SET amount = 1 WHERE scope = 'refunds:write'"
	refund 100
	refund=$(json .id)
	TOKEN=$(token_for 'refunds:approve' 00000000-0000-7000-8000-00000000000a) \
		FRONTEND=admin api POST "/v1/refunds/$refund/approve" -d '{}'
	assert_problem 403 refund_own_approval
	pg_sql paymentd "UPDATE refund_limit SET amount = 10000 WHERE scope = 'refunds:write'"
	balanced
}

@test "a failed refund releases its amount" {
	captured 5000 tok_refund_fail
	refund 5000
	refund=$(json .id)
	refund_becomes '.status == "failed" and .failure == "refund_declined"'
	becomes '.refund_pending == 0 and .refunded == 0'
	balanced
}

@test "64 refunds at once never exceed what was captured" {
	captured 1000
	local pids=() i
	for i in {1..64}; do
		curl -s -o /dev/null -H "@$SCRATCH/secrets/gateway-paymentd.header" -H 'X-Ecom-Frontend: admin' \
			-H "Authorization: Bearer $STAFF" -H 'Content-Type: application/json' \
			-d "{\"payment\":\"$payment\",\"amount\":100,\"reason\":\"$i\"}" \
			"http://$(daemon_address paymentd-1)/v1/refunds" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	becomes '.refunded == 1000 and .refund_pending == 0'
	assert_equal "$(books refunded)" 1000
	assert_equal "$(pg_sql paymentd "SELECT count(*), sum(amount) FROM refund WHERE payment_id = '$payment'")" '10|1000'
	balanced
}

# --- webhooks ---------------------------------------------------------------------------------------

# webhook BODY [TIME] [SECRET]: signed as the sandbox signs.
webhook() {
	local t=${2:-$EPOCHSECONDS} secret=${3:-} mac
	[ -n "$secret" ] || secret=$(pg_sql paymentd 'SELECT secret FROM sandbox.setting')
	mac=$(printf %s "$t.$1" | openssl dgst -sha256 -hmac "$secret" -hex | sed 's/.*= //')
	api POST /v1/webhooks/sandbox -H 'Content-Type: application/json' \
		-H "Ecom-Signature: t=$t,v1=$mac" -d "$1"
}

event() { # TYPE REFERENCE AMOUNT [ID]
	jq -n -c --arg id "${4:-evt_$(uuidgen)}" --arg type "$1" --arg ref "$2" --argjson amount "$3" \
		--arg payment "$payment" '{$id, $type, payment: $payment, reference: $ref, $amount, currency: "EUR"}'
}

@test "forged, old, future and malformed webhooks change nothing" {
	authorized
	local body
	body=$(event captured cap_forged 5000)
	webhook "$body" "$EPOCHSECONDS" wrong
	assert_problem 401 webhook_signature_invalid
	webhook "$body" $((EPOCHSECONDS - 301))
	assert_problem 401 webhook_signature_invalid
	webhook "$body" $((EPOCHSECONDS + 4000))
	assert_problem 401 webhook_signature_invalid
	api POST /v1/webhooks/sandbox -d "$body"
	assert_problem 401 webhook_signature_invalid
	api POST /v1/webhooks/nobody -d "$body"
	assert_problem 404 not_found
	webhook '{"id":1}'
	assert_problem 400 bad_json
	outcome
	assert_json '.data[0].captured == 0'
}

@test "a webhook counts once, in any order" {
	request tok_3ds
	becomes '.status == "action_required"'
	local reference later
	reference=$(json '.data[0].next_action.reference')
	# What happened later is told first.
	later=$(event captured cap_early 5000 evt_early_$$)
	webhook "$later"
	assert_status 200
	becomes '.captured == 0'
	webhook "$(event authorized "$reference" 5000)"
	assert_status 200
	becomes '.status == "captured" and .captured == 5000'
	webhook "$later"
	webhook "$(event captured cap_early 5000)"
	assert_status 200
	becomes '.captured == 5000'
	# A failure takes its success back, whichever is told first.
	webhook "$(event refund_failed ref_1 100)"
	webhook "$(event refunded ref_1 100)"
	webhook "$(event refunded ref_2 100)"
	becomes '.refunded == 100'
	webhook "$(event refund_failed ref_2 100)"
	becomes '.refunded == 0'
	balanced
}

@test "webhooks of everything, twice and late, change nothing" {
	settings '{"webhooks":"all","duplicate_rate":100,"webhook_delay_ms":300}'
	captured 5000
	refund 1000
	becomes '.refunded == 1000'
	wait_for "[ \"\$(pg_sql paymentd \"SELECT count(*) FROM sandbox.webhook WHERE state = 'queued'\")\" = 0 ]"
	becomes '.captured == 5000 and .refunded == 1000 and .authorized == 5000'
	assert_equal "$(events)" 'authorized captured refunded'
	balanced
}

@test "events that contradict each other are kept, shown, and change no amount" {
	captured 5000
	webhook "$(event captured cap_twice 5000)"
	assert_status 200
	becomes '.captured == 5000'
	staff GET "/v1/payments/$payment"
	assert_json '.contradiction'
	staff GET /v1/ledger-verification
	assert_json '.balanced == false'
	pg_sql paymentd "DELETE FROM payment_event WHERE reference = 'cap_twice'" \
		"UPDATE payment SET contradiction = false WHERE id = '$payment'"
	balanced
}

# --- reading ----------------------------------------------------------------------------------------

@test "customers read their own payments and refunds, nobody else's" {
	captured 5000
	refund 100
	refund=$(json .id)
	local path
	for path in "/v1/payments/$payment" "/v1/refunds/$refund"; do
		TOKEN=$(token_for '') api GET "$path"
		assert_status 200
		assert_json '.provider == null and .requested_by == null'
		TOKEN=$(token_for '' 00000000-0000-7000-8000-000000000002) api GET "$path"
		assert_problem 404 not_found
		TOKEN='' api GET "$path"
		assert_problem 401 unauthenticated
	done
	TOKEN=$(token_for '') api GET '/v1/refunds?limit=200'
	assert_json ".data | map(.id) | index(\"$refund\") != null"
	TOKEN=$(token_for '' 00000000-0000-7000-8000-000000000002) api GET /v1/refunds
	assert_json '.data == []'
}

@test "staff list payments and refunds, page by page" {
	staff GET '/v1/payments?limit=1&status=captured'
	assert_json '(.data | length) == 1 and .next != null and all(.data[]; .status == "captured")'
	local first after
	first=$(json '.data[0].id') after=$(json .next)
	staff GET "/v1/payments?limit=1&status=captured&after=$after"
	assert_json ".data | map(.id) | index(\"$first\") == null"
	authorized
	staff GET "/v1/payments?order=$order"
	assert_json '.data | length == 1'
	staff GET "/v1/payments/$payment/events"
	assert_json '.data[0].kind == "authorized" and .operations[0].state == "succeeded"'
	assert_json 'tostring | contains("tok_success") | not'
	staff GET "/v1/ledger-transfers?payment=$payment"
	assert_json '.data[0].debit == "holds"'
	staff GET '/v1/refunds?limit=1'
	assert_json '.data | length == 1'
}

# --- reconciliation ---------------------------------------------------------------------------------

reconcile() { # NDJSON [QUERY]
	printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/report"
	staff POST "/v1/reconciliations${2:-}" -H 'Content-Type: application/x-ndjson' \
		--data-binary "@$BATS_TEST_TMPDIR/report"
}

@test "the provider's report agrees with events and ledger; planted differences are found" {
	captured 5000
	refund 1000
	becomes '.refunded == 1000'
	direct GET /v1/sandbox/report
	local report own
	report=$(json -c '.data[]')
	own=$(jq -c "select(.payment == \"$payment\")" <<<"$report")
	assert_equal "$(jq -r .kind <<<"$own" | sort | tr '\n' ' ')" 'authorized captured refunded '
	# The tests before made up some of what they told.
	reconcile "$own"
	assert_status 200
	assert_json '.rows == 3 and .matched == 3 and ([.differences[] | select(.payment == "'"$payment"'")] == [])'
	reconcile "${own//'"amount":5000'/'"amount":4999'}"
	assert_json '[.differences[] | select(.difference == "amount_differs")] | length == 2
		and all(.report == 4999 and .event == 5000)'
	reconcile "${own//'"ref_'/'"ref_x'}"
	assert_json '[.differences[] | select(.kind == "refunded" and (.difference == "missing_here"
		or (.difference == "missing_there" and .payment == "'"$payment"'")))] | length == 2'
	reconcile "$own
$(jq -c 'select(.kind == "captured")' <<<"$own")"
	assert_json '[.differences[].difference] | index("duplicate_in_report") != null'
	reconcile "${own//EUR/USD}"
	assert_json '[.differences[] | select(.difference == "currency_differs")] | length == 3'
	pg_sql paymentd "UPDATE ledger_transfer SET amount = 999 WHERE payment_id = '$payment' AND debit = 'refunds'"
	reconcile "$own"
	assert_json '[.differences[] | select(.difference == "ledger_differs")] | length == 1
		and .[0].event == 1000 and .[0].ledger == 999'
	staff GET /v1/ledger-verification
	assert_json '.balanced == false and .differences[0].ledger == 999'
	pg_sql paymentd "UPDATE ledger_transfer SET amount = 1000 WHERE payment_id = '$payment' AND debit = 'refunds'"
	reconcile '{"reference":"x","kind":"captured","amount":"5","currency":"EUR"}'
	assert_problem 422 reconciliation_rows_invalid
	reconcile "$own" '?provider=nobody'
	assert_problem 400 bad_request
}

# --- being killed -----------------------------------------------------------------------------------

killed_at() { # FAULT TOKEN: paymentd dies there, and the payment is authorised once all the same
	# Nothing else is under way that would pass the point before.
	wait_for '[ "$(pg_sql paymentd "SELECT count(*) FROM payment_operation
		WHERE state IN ('"'queued', 'calling', 'asked'"')")" = 0 ]'
	daemon_stop paymentd-1 KILL
	daemon_start paymentd "ECOM_FAULT=$1"
	payment=$(uuidgen) order=$(uuidgen)
	request_again "$2" || true
	local pid
	pid=$(process_pid paymentd-1)
	wait_for "! process_alive $pid" || flunk "not killed at $1"
	rm -f "$SCRATCH"/pids/*.paymentd-1
	daemon_start paymentd
	pg_sql paymentd "UPDATE payment_operation SET due_at = now() WHERE state = 'calling'"
	request_again "$2"
	becomes '.status == "authorized"'
	assert_equal "$(books 'count(*)')" 1
	assert_equal "$(events)" authorized
}

@test "killed at any point, it authorises once" {
	killed_at statement.request_payments.before:1:kill tok_success
	killed_at statement.request_payments.after:1:kill tok_success
	killed_at outbound.payments.before:1:kill tok_success
	killed_at outbound.payments.after:1:kill tok_success
	killed_at statement.settle_operations.before:1:kill tok_success
	killed_at statement.settle_operations.after:1:kill tok_success
	balanced
}
