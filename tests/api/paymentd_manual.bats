#!/usr/bin/env bats
# paymentd: payments by hand. Nobody is called; what staff record decides.
load ../lib

setup_file() {
	pg_start paymentd
	nats_start
	daemon_start paymentd ECOM_PAYMENTD_MANUAL_ACCOUNT='Shop GmbH, DE02 1203 0000 0000 2020 51'
	PEER=$(token_for payments:request orderd internal)
	STAFF=$(token_for 'payments:read payments:write refunds:write ledger:read' 00000000-0000-7000-8000-00000000000a)
	export PEER STAFF
}

peer() { # PATH BODY
	TOKEN=$PEER FRONTEND=internal api POST "$1" -d "$2"
}

staff() { # METHOD PATH [curl arguments]
	TOKEN=$STAFF FRONTEND=admin api "$@"
}

request() { # TOKEN AMOUNT: of an order of its own; sets payment, order and number
	payment=$(uuidgen) order=$(uuidgen)
	number=N-${order:0:8}
	peer /v1/payment-requests "$(jq -n -c --arg p "$payment" --arg o "$order" --arg n "$number" --arg t "$1" \
		--argjson a "$2" '{payments: [{payment: $p, order: $o, number: $n, owner: "o",
		amount: {amount: $a, currency: "EUR"}, token: $t, deadline: "2030-01-01T00:00:00Z"}]}')"
	assert_status 200
}

is() { # JQ FILTER about the payment as staff see it
	staff GET "/v1/payments/$payment" && jq -e "$1" <<<"$http_body"
}

becomes() { # JQ FILTER
	wait_for "is '$1'" || flunk "$http_body"
}

capture() { # AMOUNT FINAL
	shipment=$(uuidgen)
	peer /v1/capture-requests "{\"captures\":[{\"id\":\"$shipment\",\"payment\":\"$payment\",\"amount\":$1,\"final\":$2}]}"
	assert_status 200
}

capture_is() { # STATE of the shipment's capture
	[ "$(pg_sql paymentd "SELECT state FROM payment_operation WHERE id = '$shipment'")" = "$1" ]
}

cancel() {
	peer /v1/payment-cancellations "{\"payments\":[{\"payment\":\"$payment\",\"order\":\"$order\",\"reason\":\"test\"}]}"
	assert_status 200
}

record() { # AMOUNT REFERENCE [OTHER MEMBERS]
	staff POST /v1/payment-records -d "$(jq -n -c --arg o "$number" --argjson a "$1" --arg r "$2" \
		--argjson more "{${3:-}}" '{order: $o, amount: {amount: $a, currency: "EUR"}, reference: $r} + $more')"
}

# account CODE: what the ledger says of this payment
account() {
	pg_sql paymentd "SELECT coalesce(sum(CASE WHEN debit = '$1' THEN amount ELSE -amount END), 0)
		FROM ledger_transfer WHERE payment_id = '$payment' AND '$1' IN (debit, credit)"
}

accounts() { # clearing prepayments holds sales
	echo "$(account clearing) $(account prepayments) $(account holds) $(account sales)"
}

events() {
	pg_sql paymentd "SELECT string_agg(replace(subject, 'payments.payment.', ''), ' ' ORDER BY id)
		FROM outbox WHERE aggregate_id = '$payment'"
}

balanced() {
	staff GET /v1/ledger-verification
	assert_status 200
	assert_json '.balanced and .differences == []'
}

refund() { # AMOUNT
	staff POST /v1/refunds -d "{\"payment\":\"$payment\",\"amount\":$1,\"reason\":\"broken\"}"
	assert_status 201
	refund=$(json .id)
}

# --- bank transfer ----------------------------------------------------------------------------------

@test "a transfer says where to, waits for days, and is authorised when the money is recorded" {
	request manual_bank_transfer 4798
	assert_json '.data[0].deadline | fromdateiso8601? // (sub("\\.[0-9]+Z"; "Z") | fromdateiso8601) |
		. > now + 6 * 86400 and . < now + 8 * 86400'
	becomes '.status == "action_required" and .provider == "manual"'
	assert_json '.next_action == {"type": "bank_transfer", "reference": "'"$number"'",
		"account": "Shop GmbH, DE02 1203 0000 0000 2020 51", "amount": {"amount": 4798, "currency": "EUR"}}'
	record 4798 'statement 17/3' '"paid_at": "2026-11-20T10:00:00Z"'
	assert_status 201
	assert_header location "^/v1/payments/$payment"
	assert_json '.status == "authorized" and .authorized.amount == 4798 and .prepaid.amount == 4798 and .captured.amount == 0'
	assert_equal "$(accounts)" '4798 -4798 4798 0'
	assert_equal "$(events)" 'action_required authorized'
	staff GET "/v1/payments/$payment/events"
	assert_json '[.data[] | select(.kind == "received")] | length == 1 and .[0].actor == "00000000-0000-7000-8000-00000000000a"
		and .[0].reference == "statement 17/3" and (.[0].occurred_at | startswith("2026-11-20T10:00:00"))'
	balanced
}

@test "shipments capture what is here already, each its part; the rest is the customer's" {
	request manual_bank_transfer 10000
	becomes '.status == "action_required"'
	record 10000 T1
	capture 3000 false
	becomes '.captured.amount == 3000 and .prepaid.amount == 7000 and .status == "authorized"'
	assert_equal "$(accounts)" '10000 -7000 7000 -3000'
	capture 5000 true
	becomes '.captured.amount == 8000 and .voided.amount == 2000 and .status == "captured"'
	assert_json '.prepaid.amount == 2000 and .owed.amount == 2000'
	staff GET '/v1/payments?owed=true'
	assert_json '.data | map(.id) | index("'"$payment"'") != null'
	record 2001 'back' '"returned": true'
	assert_problem 409 record_not_owed
	record 2000 'back' '"returned": true'
	assert_status 201
	assert_json '.prepaid.amount == 0 and .owed.amount == 0'
	assert_equal "$(accounts)" '8000 0 0 -8000'
	balanced
}

@test "partial payments add up; another amount than what is open is refused, and says what is" {
	request manual_bank_transfer 4798
	becomes '.status == "action_required"'
	record 4799 A
	assert_problem 409 record_too_much
	record 4000 A
	assert_problem 409 record_too_little
	assert_json '.detail | contains("4798")'
	record 4000 A '"partial": true'
	assert_status 201
	assert_json '.status == "action_required" and .prepaid.amount == 4000'
	record 4000 B '"partial": true'
	assert_problem 409 record_too_much
	record 798 B
	assert_status 201
	assert_json '.status == "authorized" and .prepaid.amount == 4798'
	record 1 C
	assert_problem 409 record_not_open
	balanced
}

@test "the same entry of a statement counts once, by its reference and by the key" {
	local key
	key=$(uuidgen)
	request manual_bank_transfer 500
	becomes '.status == "action_required"'
	record 100 E1 '"partial": true'
	assert_status 201
	record 100 E1 '"partial": true'
	assert_problem 409 record_repeated
	assert_json '.detail | contains("E1") and contains("100")'
	for _ in 1 2; do
		staff POST /v1/payment-records -H "Idempotency-Key: $key" -d '{"payment": "'"$payment"'",
			"amount": {"amount": 400, "currency": "EUR"}, "reference": "E2"}'
		assert_status 201
	done
	is '.status == "authorized" and .prepaid.amount == 500'
	assert_equal "$(pg_sql paymentd "SELECT count(*) FROM payment_event WHERE payment_id = '$payment'
		AND kind = 'received'")" 2
}

@test "64 clients who record the same entry book it once" {
	request manual_bank_transfer 900
	becomes '.status == "action_required"'
	for _ in {1..64}; do
		TOKEN=$STAFF FRONTEND=admin api_quiet POST /v1/payment-records -d '{"payment": "'"$payment"'",
			"amount": {"amount": 900, "currency": "EUR"}, "reference": "same"}' &
	done
	wait
	is '.prepaid.amount == 900 and .authorized.amount == 900'
	assert_equal "$(accounts)" '900 -900 900 0'
	balanced
}

api_quiet() {
	api "$@" >/dev/null 2>&1 || true
}

@test "what was never paid is just cancelled; money for it is refused" {
	request manual_bank_transfer 4798
	becomes '.status == "action_required"'
	cancel
	becomes '.status == "cancelled"'
	record 4798 late
	assert_problem 409 record_not_open
	assert_equal "$(accounts)" '0 0 0 0'
	balanced
}

@test "what was paid in part and cancelled is owed to the customer" {
	request manual_bank_transfer 4798
	becomes '.status == "action_required"'
	record 1000 part '"partial": true'
	record 500 back '"returned": true'
	assert_problem 409 record_not_owed
	cancel
	becomes '.status == "cancelled" and .owed.amount == 1000'
	assert_equal "$(accounts)" '1000 -1000 0 0'
	record 1000 back '"returned": true'
	assert_status 201
	assert_json '.owed.amount == 0 and .status == "cancelled"'
	assert_equal "$(accounts)" '0 0 0 0'
	balanced
}

@test "a paid transfer that is cancelled releases its hold and owes the money" {
	request manual_bank_transfer 4798
	becomes '.status == "action_required"'
	record 4798 paid
	cancel
	becomes '.status == "cancelled" and .voided.amount == 4798 and .owed.amount == 4798'
	assert_equal "$(accounts)" '4798 -4798 0 0'
	balanced
}

# --- promises ---------------------------------------------------------------------------------------

@test "cash on delivery is authorised at once, and captured when the money is recorded" {
	request manual_cash_on_delivery 4798
	becomes '.status == "authorized" and .hold_ends_at == null'
	assert_equal "$(accounts)" '0 0 4798 0'
	capture 4798 true
	wait_for 'capture_is asked'
	is '.captured.amount == 0 and .status == "authorized"'
	record 4798 'cash 1'
	assert_status 201
	assert_json '.status == "captured" and .captured.amount == 4798 and .prepaid.amount == 0'
	capture_is succeeded
	assert_equal "$(accounts)" '4798 0 0 -4798'
	assert_equal "$(events)" 'authorized captured'
	balanced
}

@test "each parcel's cash is captured for it" {
	request manual_cash_on_delivery 10000
	becomes '.status == "authorized"'
	capture 3000 false
	wait_for 'capture_is asked'
	record 3000 'parcel 1'
	assert_status 201
	assert_json '.captured.amount == 3000 and .status == "authorized"'
	capture 5000 true
	wait_for 'capture_is asked'
	record 5000 'parcel 2'
	assert_status 201
	assert_json '.captured.amount == 8000 and .voided.amount == 2000 and .status == "captured"'
	assert_equal "$(accounts)" '8000 0 0 -8000'
	balanced
}

@test "cash for a parcel that left before the rest was cancelled is recorded, and is not owed" {
	request manual_cash_on_delivery 10000
	becomes '.status == "authorized"'
	capture 6000 false
	wait_for 'capture_is asked'
	cancel
	record 10000 'parcel 1'
	assert_problem 409 record_too_much
	record 1000 'a part' '"partial": true'
	assert_status 201
	assert_json '.prepaid.amount == 1000 and .owed.amount == 0'
	record 5000 'parcel 1'
	assert_status 201
	becomes '.status == "captured" and .captured.amount == 6000 and .voided.amount == 4000 and .owed.amount == 0'
	record 1 more
	assert_problem 409 record_not_open
	assert_equal "$(accounts)" '6000 0 0 -6000'
	balanced
}

@test "what the shop does not offer is declined" {
	request manual_invoice 100
	becomes '.status == "declined" and .reason == "method_not_offered"'
	request manual_cheque 100
	becomes '.status == "declined" and .reason == "method_unknown"'
}

@test "what a provider tells is not recorded by hand" {
	request tok_success 100
	becomes '.status == "authorized" and .provider == "sandbox"'
	record 100 X
	assert_problem 409 record_not_manual
	number=nothing
	record 100 X
	assert_problem 422 record_of_nothing
	staff POST /v1/payment-records -d '{"amount": {"amount": 1, "currency": "EUR"}, "reference": "x"}'
	assert_problem 422 record_of_nothing
}

@test "another currency is refused" {
	request manual_bank_transfer 100
	becomes '.status == "action_required"'
	staff POST /v1/payment-records -d '{"payment": "'"$payment"'", "amount": {"amount": 100, "currency": "USD"}, "reference": "x"}'
	assert_problem 422 record_currency_differs
}

# --- refunds ----------------------------------------------------------------------------------------

@test "a refund by hand is pending until its money was sent" {
	request manual_bank_transfer 4798
	becomes '.status == "action_required"'
	record 4798 paid
	capture 4798 true
	becomes '.status == "captured"'
	refund 1000
	assert_json '.status == "pending"'
	becomes '.refund_pending.amount == 1000'
	staff POST "/v1/refunds/$refund/record" -d '{"reference": "out 9"}'
	assert_status 200
	assert_json '.status == "succeeded"'
	staff POST "/v1/refunds/$refund/record" -d '{"reference": "out 9"}'
	assert_problem 409 record_repeated
	staff POST "/v1/refunds/$refund/record" -d '{"reference": "out 10"}'
	assert_problem 409 refund_not_pending
	is '.refunded.amount == 1000 and .refund_pending.amount == 0'
	assert_equal "$(accounts)" '3798 0 0 -4798'
	assert_equal "$(account refunds)" 1000
	staff POST "/v1/refunds/$(uuidgen)/record" -d '{"reference": "x"}'
	assert_status 404
	balanced
}

# --- reconciliation ---------------------------------------------------------------------------------

@test "the account statement agrees with what was recorded; differences are found" {
	request manual_bank_transfer 4798
	becomes '.status == "action_required"'
	record 4798 'stmt 1' '"paid_at": "2026-10-01T10:00:00Z"'
	request manual_bank_transfer 100
	becomes '.status == "action_required"'
	record 100 'stmt 2' '"paid_at": "2026-10-01T11:00:00Z"'
	staff POST '/v1/reconciliations?provider=manual&since=2026-10-01T00:00:00Z&until=2026-10-02T00:00:00Z' \
		-H 'Content-Type: application/x-ndjson' --data-binary $'{"reference":"stmt 1","kind":"received","amount":4798,"currency":"EUR"}\n{"reference":"stmt 3","kind":"received","amount":5,"currency":"EUR"}\n'
	assert_status 200
	assert_json '.matched == 1 and ([.differences[] | [.difference, .reference]] | sort
		== [["missing_here", "stmt 3"], ["missing_there", "stmt 2"]])'
}

# --- what is never paid -------------------------------------------------------------------------------

write_off() { # [OTHER MEMBERS] [VERSION] [KEY]
	staff POST "/v1/payments/$payment/write-off" -d "{\"reason\":\"insolvent\"${1:+,$1}}" \
		-H "If-Match: \"${2:-$(version)}\"" ${3:+-H "Idempotency-Key: $3"}
}

version() {
	pg_sql paymentd "SELECT version FROM payment WHERE id = '$payment'"
}

@test "what was delivered and is never paid is written off, all of it, once" {
	local key version
	request manual_cash_on_delivery 5000
	becomes '.status == "authorized"'
	write_off
	assert_problem 409 write_off_nothing_open
	capture 5000 true
	becomes '.status == "authorized"'
	write_off '"amount":4999'
	assert_problem 409 write_off_amount_differs
	write_off '' 999
	assert_problem 412 payment_changed
	staff POST "/v1/payments/$payment/write-off" -d '{"reason":"insolvent"}'
	assert_problem 428 precondition_required
	TOKEN=$(token_for payments:read) FRONTEND=admin api POST "/v1/payments/$payment/write-off" -d '{"reason":"x"}' \
		-H 'If-Match: "1"'
	assert_problem 403 insufficient_scope
	key=$(uuidgen) version=$(version)
	write_off '"amount":5000' "$version" "$key"
	assert_status 200
	assert_json '.status == "written_off" and .written_off.amount == 5000 and .captured.amount == 0'
	write_off '"amount":5000' "$version" "$key"
	assert_status 200
	assert_header idempotent-replayed true
	write_off
	assert_problem 409 write_off_nothing_open
	# Sold, and lost.
	assert_equal "$(accounts) $(account written_off) $(account receivable)" '0 0 0 -5000 5000 0'
	assert_equal "$(events)" 'authorized written_off'
	staff GET "/v1/payments?status=written_off&order=$number"
	assert_json '.data | length == 1 and .[0].written_off.amount == 5000'
	staff GET "/v1/payments/$payment/events"
	assert_json '[.data[] | select(.kind == "written_off")] | length == 1 and .[0].reason == "insolvent" and .[0].actor != null'
	balanced
}

@test "money that comes after all takes the write-off back" {
	request manual_cash_on_delivery 5000
	becomes '.status == "authorized"'
	capture 5000 true
	write_off
	assert_status 200
	record 5000 'late'
	assert_status 201
	assert_json '.status == "captured" and .captured.amount == 5000 and .written_off.amount == 0'
	capture_is succeeded
	assert_equal "$(accounts) $(account written_off) $(account receivable)" '5000 0 0 -5000 0 0'
	balanced
	refund 1000
	becomes '.refund_pending.amount == 1000'
}

@test "of what was paid in part the rest is written off, and what is here is captured" {
	request manual_cash_on_delivery 10000
	becomes '.status == "authorized"'
	capture 6000 true
	record 2000 part '"partial": true'
	assert_status 201
	assert_json '.captured.amount == 0 and .prepaid.amount == 2000'
	write_off '"amount":4000'
	assert_status 200
	# 4000 more were never shipped.
	assert_json '.status == "written_off" and .captured.amount == 2000 and .written_off.amount == 4000
		and .voided.amount == 4000 and .prepaid.amount == 0'
	capture_is succeeded
	assert_equal "$(accounts) $(account written_off)" '2000 0 0 -6000 4000'
	balanced
	# A part of the rest comes, and then all of it.
	record 1000 p2 '"partial": true'
	assert_status 201
	assert_json '.status == "written_off" and .written_off.amount == 4000 and .prepaid.amount == 1000'
	record 3000 p3
	assert_status 201
	assert_json '.status == "captured" and .captured.amount == 6000 and .written_off.amount == 0 and .voided.amount == 4000'
	balanced
}

@test "a part that was written off does not hold up what is shipped and paid later" {
	request manual_cash_on_delivery 10000
	becomes '.status == "authorized"'
	capture 6000 false
	write_off
	assert_status 200
	assert_json '.status == "authorized" and .written_off.amount == 6000'
	capture 3000 false
	record 3000 second '"partial": true'
	assert_status 201
	assert_json '.captured.amount == 3000 and .written_off.amount == 6000 and .status == "authorized"'
	cancel
	becomes '.voided.amount == 1000 and .status == "written_off"'
	assert_equal "$(accounts) $(account written_off) $(account receivable)" '3000 0 0 -9000 6000 0'
	record 6000 all
	assert_status 201
	assert_json '.status == "captured" and .captured.amount == 9000'
	balanced
}

@test "what a provider takes by itself is not written off" {
	request tok_success 1000
	becomes '.status == "authorized"'
	write_off
	assert_problem 409 record_not_manual
	payment=$(uuidgen)
	write_off '' 1
	assert_problem 404 not_found
}
