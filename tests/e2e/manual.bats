#!/usr/bin/env bats
# Payments by hand and draft orders in a whole shop: from a draft on standard input to the last refund.
load ../lib

bats_require_minimum_version 1.5.0

setup_file() {
	shop_up
	for sku in MUG-BLUE POSTER; do
		ecomctl product create "$sku" --name "Thing $sku" --price 10EUR --stock 100 --status active >/dev/null
	done
}

expect() { # EXIT CODE, ecomctl arguments
	local wanted=$1
	shift
	run --separate-stderr ecomctl "$@"
	[ "$status" = "$wanted" ] || flunk "ecomctl $*: exit $status, not $wanted
$output
$stderr"
}

field() { # ORDER JQ FILTER
	ecomctl order get "$1" -o json | jq -r "$2"
}

becomes() { # JQ FILTER about $number
	wait_for "field $number '$1' | grep -qx true" || flunk "$(ecomctl order get "$number" -o json)"
}

stock() { # SKU: on hand, allocated
	shop_sql catalogd "SELECT on_hand, allocated FROM stock_level WHERE sku = '$1'"
}

balanced() {
	expect 0 ledger verify
}

# ordered HOW: a draft of 2 MUG-BLUE for 10.00 each and express, placed; sets $number
ordered() {
	local draft
	draft=$(jq -n -c '{email: "ann@example.org", name: "Ann", lines: [{sku: "MUG-BLUE", quantity: 2}],
		shipping_method: "express", shipping_address: {name: "Ann", line1: "Main Street 1", city: "Berlin",
		country: "DE"}}' | ecomctl draft create -q)
	number=$(ecomctl draft place "$draft" --payment "$1" -q)
}

@test "a draft from standard input is priced, placed and shipped" {
	run --separate-stderr bash -c 'ecomctl draft create --example | ecomctl draft create -o json'
	assert_equal "$status" 0
	jq -e '.status == "open" and .payment_method == "bank_transfer" and .subtotal.amount == 3999
		and .discount.amount == 500 and .total.amount == 3989
		and [.lines[] | .from] == ["catalogue", "staff"]' <<<"$output"
	draft=$(jq -r .number <<<"$output")
	expect 6 draft place "$draft" --total 39.90EUR
	expect 0 draft update "$draft" -f - -q <<<'note: call before delivery'
	expect 0 draft place "$draft" --payment tok_success --total 39.89EUR --wait -o json
	jq -e '.status == "confirmed" and .kind == "draft" and .total.amount == 3989' <<<"$output"
	number=$(jq -r .number <<<"$output")
	expect 6 draft place "$draft" --payment tok_success
	assert_contains "$stderr" "$number"
	expect 0 order ship "$number"
	becomes '.payment == "captured" and .status == "completed" and .captured == .total'
	expect 0 draft get "$draft" -o json
	jq -e '.status == "placed" and .order_number == "'"$number"'"' <<<"$output"
	balanced
}

@test "many drafts from a file; what is wrong is named with its line" {
	local one='{"email":"many@example.org","lines":[{"sku":"POSTER","quantity":1,"price":"3.50EUR"}],"shipping":"0EUR","shipping_address":{"name":"A","line1":"B","city":"C","country":"DE"}}'
	printf '%s\n%s\n' "$one" "$one" >"$SCRATCH/many.ndjson"
	expect 0 draft create -f "$SCRATCH/many.ndjson" -o json
	jq -e 'length == 2 and all(.total.amount == 350)' <<<"$output"
	printf '%s\n%s\n' "$one" "${one/POSTER/NOPE}" >"$SCRATCH/wrong.ndjson"
	expect 7 draft create -f "$SCRATCH/wrong.ndjson"
	assert_contains "$stderr" 'NOPE'
	assert_contains "$stderr" 'wrong.ndjson:2'
	printf 'email: a@example.org\nlines:\n  - sku: [\n' >"$SCRATCH/wrong.yaml"
	expect 7 draft create -f "$SCRATCH/wrong.yaml"
	assert_contains "$stderr" 'wrong.yaml:'
	expect 7 draft create -f - <<<'lines: [{sku: POSTER, quantity: 1, price: lots}]'
	assert_contains "$stderr" 'lines/0'
	expect 0 draft list --email many@example.org -o json
	jq -e 'length == 3' <<<"$output"
	expect 0 draft delete "$(jq -r '.[0].number' <<<"$output")" --yes
}

@test "bank transfer: pending, recorded, confirmed, shipped, refunded by hand" {
	local before
	before=$(stock MUG-BLUE)
	ordered bank_transfer
	becomes '.next_action.type == "bank_transfer"'
	becomes '.next_action.reference == .number and .status == "pending"'
	becomes '(.deadline | sub("[.].*"; "Z") | fromdateiso8601) > now + 6 * 86400'
	assert_equal "$(stock MUG-BLUE)" "$((${before%|*}))|$((${before#*|} + 2))"
	expect 6 payment record "$number" --amount 30EUR --reference 'statement 1'
	assert_contains "$stderr" 'partial'
	expect 0 payment record "$number" --amount 30EUR --reference 'statement 1' --partial
	expect 6 payment record "$number" --amount 30EUR --reference 'statement 1' --partial
	expect 0 payment record "$number" --amount 4.90 --reference 'statement 2'
	becomes '.status == "confirmed" and .payment == "authorized"'
	expect 0 order ship "$number"
	becomes '.status == "completed" and .payment == "captured" and .captured == .total'
	expect 0 refund create "$number" --amount 10EUR --reason 'came broken' -o json
	refund=$(jq -r .id <<<"$output")
	expect 0 refund get "$refund" -o json
	jq -e '.status == "pending"' <<<"$output"
	expect 0 refund record "$refund" --reference 'transfer 9' -o json
	jq -e '.status == "succeeded"' <<<"$output"
	becomes '.payment == "partly_refunded" and .refunded.amount == 1000'
	balanced
}

@test "cash on delivery: confirmed at once, shipped, captured when the money is recorded" {
	ordered cash_on_delivery
	becomes '.status == "confirmed" and .payment == "authorized"'
	expect 0 order ship "$number"
	becomes '.status == "completed" and .captured.amount == 0'
	expect 0 payment record "$number" --amount 34.90EUR --reference 'cash 1'
	becomes '.payment == "captured" and .captured.amount == 3490'
	balanced
}

@test "cash that never comes is written off, and recorded when it comes after all" {
	ordered cash_on_delivery
	becomes '.status == "confirmed"'
	ecomctl order ship "$number" -q
	becomes '.status == "completed" and .payment == "authorized"'
	wait_for 'ecomctl payment list --order "$number" -o json | jq -r ".[0].id" >"$BATS_TEST_TMPDIR/payment"'
	payment=$(<"$BATS_TEST_TMPDIR/payment")
	wait_for '[ "$(shop_sql paymentd "SELECT count(*) FROM payment_operation WHERE payment_id = \$\$$payment\$\$
		AND kind = \$\$capture\$\$ AND state = \$\$asked\$\$")" = 1 ]'
	expect 2 payment write-off "$payment" --yes
	expect 6 payment write-off "$payment" --amount 1EUR --reason insolvent --yes
	expect 6 payment write-off "$payment" --if-version 99 --reason insolvent --yes
	expect 0 payment write-off "$payment" --reason insolvent --yes -o json
	jq -e '.status == "written_off" and .written_off.amount > 0' <<<"$output"
	becomes '.payment == "written_off" and .captured.amount == 0'
	expect 0 order list --payment written_off -q
	assert_equal "$output" "$number"
	shop_sql orderd "UPDATE orders SET updated_at = now() - interval '2 minutes' WHERE number = '$number'"
	wait_for 'ecomctl invoice get "$number" -q'
	expect 0 api GET /v1/invoice-verification
	jq -e --arg n "$number" '[.unpaid[].order] | index($n) == null' <<<"$output"
	balanced
	expect 0 payment record "$number" --amount 34.90EUR --reference 'after all'
	becomes '.payment == "captured" and .captured == .total'
	balanced
}

@test "a transfer that does not come is rejected, and its stock is free again" {
	local before
	before=$(stock MUG-BLUE)
	ordered bank_transfer
	# The order has the deadline of the payment's method; then its time is up.
	wait_for '[ "$(shop_sql orderd "SELECT deadline > now() + interval '"'6 days'"'
		FROM orders WHERE number = '"'$number'"'")" = t ]'
	shop_sql orderd "UPDATE orders SET deadline = now() WHERE number = '$number'"
	becomes '.status == "rejected" and .reason == "payment_expired"'
	assert_equal "$(stock MUG-BLUE)" "$before"
	wait_for "[ \"\$(ecomctl payment list --order $number -o json | jq -r '.[0].status')\" = cancelled ]"
	expect 6 payment record "$number" --amount 34.90EUR --reference late
	balanced
}

@test "a paid transfer that is cancelled is to be sent back, and says so until it was" {
	ordered bank_transfer
	becomes '.next_action.type == "bank_transfer"'
	expect 0 payment record "$number" --amount 34.90EUR --reference 'statement 5'
	becomes '.status == "confirmed"'
	expect 0 order cancel "$number" --reason customer --yes
	wait_for "ecomctl payment list --owed -o json | jq -e 'any(.number == \"$number\" and .owed.amount == 3490)'"
	expect 0 payment record "$number" --amount 34.90EUR --reference 'transfer 11' --returned
	expect 0 payment list --owed -o json
	jq -e 'all(.number != "'"$number"'")' <<<"$output"
	balanced
}

@test "customers choose a transfer too, and see where to send it" {
	local cart
	cart=$(ecomctl cart create --currency EUR -q)
	ecomctl cart add "$cart" POSTER -n 1 -q
	expect 8 cart checkout "$cart" --email ann@example.org --name Ann --line1 Way --postal-code 10115 \
		--city Berlin --country DE --payment-token manual_bank_transfer --wait -o json
	jq -e '.status == "pending" and .next_action.type == "bank_transfer"' <<<"$output"
}
