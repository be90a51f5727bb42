#!/usr/bin/env bats
# Returns and exchanges through the gateway and ecomctl, with all services and the sandbox provider.
load ../lib
load ../chaos/checker

bats_require_minimum_version 1.5.0

setup_file() {
	shop_up
	gateway POST /v1/guests
	GUEST=$(json .access_token)
	export GUEST
}

expect() { # EXIT CODE, ecomctl arguments
	local wanted=$1
	shift
	run --separate-stderr ecomctl "$@"
	[ "$status" = "$wanted" ] || flunk "ecomctl $*: exit $status, not $wanted
$output
$stderr"
}

record() { # JQ FILTER about the output of `expect … -o json`
	jq -e "$@" <<<"$output" >/dev/null || flunk "not so: $1
$output"
}

# sold SKU QUANTITY: a new product with 10 pieces, ordered by the guest and shipped; sets $number
sold() {
	local cart
	ecomctl product create "$1" --name "Thing $1" --price 10EUR --stock 10 --status active >/dev/null
	TOKEN=$GUEST gateway POST /v1/carts -d '{"currency":"EUR"}'
	cart=$(json .id)
	TOKEN=$GUEST gateway POST "/v1/carts/$cart/lines" -d "{\"sku\":\"$1\",\"quantity\":$2}"
	order "$cart"
	ecomctl order ship "$number" >/dev/null
	wait_for "[ \"\$(field $number .payment)\" = captured ]"
}

order() { # CART, as the answer before has it
	local body
	body=$(json -c '{cart: .id, cart_version: .version, lines: [.lines[] | {sku, quantity, price}],
		email: "ann@example.org", shipping_method: "express", payment_token: "tok_success", shipping_address:
		{name: "Ann", line1: "Main Street 1", city: "Berlin", postal_code: "10115", country: "DE"}}')
	gateway POST /v1/order-previews -d "$(jq -c '{lines, shipping_method, shipping_address}' <<<"$body")"
	TOKEN=$GUEST gateway POST /v1/orders -H "Idempotency-Key: $1" -H 'Prefer: wait=30' \
		-d "$(jq -c --argjson total "$(json -c .total)" '.total = $total' <<<"$body")"
	assert_status 201
	number=$(json .number)
}

field() { # ORDER FILTER
	ecomctl order get "$1" -o json | jq -r "$2"
}

stock() { # SKU: on hand, allocated
	shop_sql catalogd "SELECT on_hand, allocated FROM stock_level WHERE sku = '$1'"
}

# asked BODY: by the guest; sets $name
asked() {
	TOKEN=$GUEST gateway POST "/v1/orders/$number/returns" -d "$1"
	assert_status 201
	name=$(json .number)
}

@test "the whole way: asked for, approved, received partly damaged, restocked, refunded" {
	sold BACK 4
	asked '{"reason":"regret","lines":[{"sku":"BACK","quantity":3}]}'
	expect 0 return approve "$name" --resolution 'Send it to us' -o json
	record '.status == "approved"'
	expect 6 return refund "$name"
	expect 0 return receive "$name" --damaged BACK=1 -o json
	record '.status == "received" and .restocked_at != null and .worth.amount == 3000
		and (.lines[0] | .received == 3 and .resellable == 2)'
	assert_equal "$(stock BACK)" '8|0'
	expect 0 stock why BACK -o json
	record '[.[] | select(.cause_type == "return")] | length == 1 and .[0].kind == "received" and .[0].quantity == 2'
	expect 0 return refund "$name" --fee 5EUR --dry-run -o json
	record '.possible and .amount.amount == 2500 and .refundable.amount == 5490'
	expect 0 return refund "$name" --fee 5EUR -o json
	record '.refund.amount.amount == 2500'
	wait_for "[ \"\$(ecomctl return get $name -o json | jq -r .status)\" = refunded ]"
	wait_for "[ \"\$(field $number .payment)\" = partly_refunded ]"
	assert_equal "$(field "$number" .refunded.amount)" 2500
	expect 0 refund list --order "$number" -o json
	record 'length == 1 and .[0].status == "succeeded" and .[0].amount.amount == 2500'
	expect 6 return refund "$name"
	TOKEN=$GUEST gateway GET "/v1/returns/$name"
	assert_json '.status == "refunded" and .refund.status == "succeeded"'
	expect 0 ledger verify
	expect 0 stock verify
	expect 0 order trace "$number" -o json
	record '[.[].what] | contains(["return_requested", "return_approved", "return_received", "return_restocked",
		"return_refunded"])'
	record 'any(.[]; .source == "stock" and .what == "received" and (.detail | contains("quantity=2")))'
}

@test "an exchange is checked out, shipped, and what is cheaper is paid back" {
	sold SMALL 2
	ecomctl product create LARGE --name Large --price 8EUR --stock 5 --status active >/dev/null
	ecomctl product create LUXURY --name Luxury --price 80EUR --stock 5 --status active >/dev/null
	expect 6 return request "$number" --line SMALL=1 --reason wrong_size --exchange LUXURY=1
	expect 7 return request "$number" --line SMALL=1 --reason wrong_size --exchange NOPE=1
	expect 0 return request "$number" --line SMALL=1 --reason wrong_size --exchange LARGE=1 -o json
	name=$(jq -r .number <<<"$output")
	expect 0 return approve "$name"
	expect 0 return receive "$name" -o json
	local other
	other=$(jq -r .exchange_order <<<"$output")
	wait_for "[ \"\$(field $other .status)\" = confirmed ]"
	assert_equal "$(stock LARGE)" '5|1'
	ecomctl order ship "$other" >/dev/null
	wait_for "[ \"\$(field $other .status)\" = completed ]"
	assert_equal "$(stock LARGE)" '4|0'
	assert_equal "$(stock SMALL)" '9|0'
	expect 0 return refund "$name" -o json
	record '.refund.amount.amount == 200'
	wait_for "[ \"\$(ecomctl return get $name -o json | jq -r .status)\" = refunded ]"
	expect 0 ledger verify
	expect 0 stock verify
}

@test "replacements that are gone are rejected, and then all of it is paid back" {
	sold LAST 1
	ecomctl product create RARE --name Rare --price 5EUR --stock 1 --status active >/dev/null
	expect 0 return request "$number" --reason regret --exchange RARE=1 -o json
	name=$(jq -r .number <<<"$output")
	ecomctl stock set RARE 0 >/dev/null
	expect 0 return approve "$name" --advance -o json
	local other
	other=$(jq -r .exchange_order <<<"$output")
	wait_for "[ \"\$(field $other .reason)\" = out_of_stock ]"
	expect 0 return receive "$name"
	expect 0 return refund "$name" --shipping -o json
	record '.refund.amount.amount == 2490'
	wait_for "[ \"\$(field $number .payment)\" = refunded ]"
}

@test "a refund above the limit waits for approval" {
	sold MANY 10
	expect 0 return request "$number" --reason regret -o json
	name=$(jq -r .number <<<"$output")
	expect 0 return approve "$name"
	expect 0 return receive "$name"
	shop_sql paymentd "UPDATE refund_limit SET amount = 5000 WHERE amount IS NULL OR amount > 5000"
	expect 0 return refund "$name" -o json
	record '.refund.status == "requested"'
	shop_sql paymentd "SELECT refund_decide(id, 'pending', 'somebody', NULL) FROM refund
		WHERE status = 'requested'"
	wait_for "[ \"\$(ecomctl return get $name -o json | jq -r .status)\" = refunded ]"
}

@test "without NATS a return goes on: what became of the refund is asked for" {
	sold PATIENT 1
	asked '{"reason":"regret"}'
	expect 0 return approve "$name"
	kill -STOP "$(jq -r .pid "$STATE/run/nats.child")"
	expect 0 return receive "$name"
	expect 0 return refund "$name"
	wait_for "[ \"\$(ecomctl return get $name -o json | jq -r .status)\" = refunded ]"
	kill -CONT "$(jq -r .pid "$STATE/run/nats.child")"
	assert_equal "$(stock PATIENT)" '10|0'
	assert_equal "$(shop_sql paymentd "SELECT count(*) FROM refund WHERE return_id IS NOT NULL
		AND order_id = (SELECT order_id FROM payment WHERE number = '$number')")" 1
	wait_for "[ \"\$(field $number .payment)\" = partly_refunded ]"
}

@test "afterwards the books are right" {
	check_settle
	check_run
}
