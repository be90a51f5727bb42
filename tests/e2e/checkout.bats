#!/usr/bin/env bats
# Checkouts through the gateway: from a cart to an order that is shipped, cancelled or rejected, with
# all services and the sandbox provider.
load ../lib

setup_file() {
	shop_up
	gateway POST /v1/guests
	GUEST=$(json .access_token)
	export GUEST
}

uuid() {
	cat /proc/sys/kernel/random/uuid
}

product() { # SKU STOCK
	ecomctl product create "$1" --name "Thing $1" --price 10EUR --stock "$2" --status active >/dev/null
}

# cart SKU QUANTITY [SKU QUANTITY…]: sets $cart $version $lines $total; $METHOD is how it is sent
cart() {
	TOKEN=$GUEST gateway POST /v1/carts -d '{"currency":"EUR"}'
	assert_status 201
	cart=$(json .id)
	while [ $# -gt 0 ]; do
		TOKEN=$GUEST gateway POST "/v1/carts/$cart/lines" -d "{\"sku\":\"$1\",\"quantity\":$2}"
		shift 2
	done
	version=$(json .version) lines=$(json -c '[.lines[] | {sku, quantity, price}]')
	gateway POST /v1/order-previews -d "{\"lines\":$lines,\"shipping_method\":\"${METHOD:-standard}\",\"shipping_address\":{\"country\":\"DE\"}}"
	assert_status 200
	total=$(json -c .total)
}

body() { # PAYMENT TOKEN
	jq -n -c --arg cart "$cart" --argjson version "$version" --argjson lines "$lines" --argjson total "$total" \
		--arg token "$1" --arg method "${METHOD:-standard}" '{$cart, cart_version: $version, $lines, $total, email: "ann@example.org", name: "Ann",
		shipping_method: $method, payment_token: $token, shipping_address: {name: "Ann", line1: "Main Street 1",
		city: "Berlin", postal_code: "10115", country: "DE"}}'
}

# place PAYMENT_TOKEN [curl arguments]: waits for the outcome; sets $order $number
place() {
	local token=$1
	shift
	TOKEN=$GUEST gateway POST /v1/orders -H "Idempotency-Key: $(uuid)" -H 'Prefer: wait=30' "$@" -d "$(body "$token")"
	order=$(json '.order // .id') number=$(json .number)
}

field() { # ORDER FIELD
	ecomctl order get "$1" -o json | jq -r "$2"
}

stock() { # SKU: on hand, allocated
	shop_sql catalogd "SELECT on_hand, allocated FROM stock_level WHERE sku = '$1'"
}

@test "an order is confirmed, shipped in two parts, and completed" {
	product WHOLE 10
	cart WHOLE 3
	place tok_success
	assert_status 201
	assert_json '.status == "confirmed" and .payment == "authorized" and .lines[0].name == "Thing WHOLE"'
	assert_equal "$(stock WHOLE)" '10|3'
	ecomctl order ship "$number" --line WHOLE=1 --carrier DHL --tracking 1
	wait_for "[ \"\$(field $number .payment)\" = partly_captured ]"
	assert_equal "$(field "$number" .fulfilment)" partly_shipped
	ecomctl order ship "$number"
	wait_for "[ \"\$(field $number .payment)\" = captured ]"
	assert_equal "$(field "$number" .status)" completed
	assert_equal "$(field "$number" '.captured == .total')" true
	assert_equal "$(stock WHOLE)" '7|0'
	assert_equal "$(shop_sql paymentd "SELECT captured, authorized FROM payment WHERE order_id = '$order'")" '3490|3490'
	TOKEN='' gateway GET "/v1/order-tracking/$number?email=ann@example.org"
	assert_json '.status == "completed" and [.shipments[].tracking] == ["1", null]'
	# The cart follows the event.
	wait_for "[ \"\$(shop_sql cartd \"SELECT status FROM cart WHERE id = '$cart'\")\" = ordered ]"
}

@test "a declined payment gives everything back, and the cart can be ordered again" {
	product DECLINED 5
	cart DECLINED 2
	place tok_decline
	assert_problem 409 payment_declined
	assert_equal "$(stock DECLINED)" '5|0'
	assert_equal "$(shop_sql orderd "SELECT payment_token IS NULL FROM orders WHERE id = '$order'")" t
	place tok_success
	assert_status 201
}

@test "what is not there is not sold" {
	product SCARCE 1
	cart SCARCE 2
	place tok_success
	assert_problem 409 out_of_stock
	assert_json '.difference.lines == [{"line":1,"sku":"SCARCE","requested":2,"available":1}]'
	assert_equal "$(stock SCARCE)" '1|0'
	assert_equal "$(shop_sql paymentd "SELECT count(*) FROM payment WHERE order_id = '$order'")" 0
}

@test "a price that rose rejects with the difference, one that fell does not" {
	product PRICED 5
	cart PRICED 1
	ecomctl product update PRICED --price 11EUR >/dev/null
	place tok_success
	assert_problem 409 price_changed
	assert_json '.difference.lines[0] | .expected.amount == 1000 and .actual.amount == 1100'
	ecomctl product update PRICED --price 9EUR >/dev/null
	place tok_success
	assert_status 201
	assert_json '.total.amount == 1490'
}

@test "a cart that changed rejects with the difference; an archived product too" {
	product CHANGED 5
	cart CHANGED 1
	TOKEN=$GUEST gateway POST "/v1/carts/$cart/lines" -d '{"sku":"CHANGED","quantity":1}'
	place tok_success
	assert_problem 409 cart_changed
	assert_json '.difference | .cart.version > .cart.expected_version
		and .lines == [{"sku":"CHANGED","expected":1,"actual":2}]'
	cart CHANGED 1
	ecomctl product archive CHANGED --yes >/dev/null
	place tok_success
	assert_problem 409 product_unavailable
}

@test "3-D-Secure: the customer is told what to do; time up rejects and takes nothing" {
	product SECURE 5
	cart SECURE 1
	place tok_3ds
	assert_status 202
	assert_json '.status == "pending" and .next_action != null and .deadline != null'
	assert_equal "$(stock SECURE)" '5|1'
	# The deadline passes.
	shop_sql orderd "UPDATE orders SET deadline = now() WHERE id = '$order'"
	wait_for "[ \"\$(field $number .status)\" = rejected ]"
	assert_equal "$(field "$number" .reason)" payment_expired
	assert_equal "$(stock SECURE)" '5|0'
}

@test "a customer cancels before shipping: money and pieces are free again" {
	product CANCEL 5
	cart CANCEL 2
	place tok_success
	assert_status 201
	TOKEN=$GUEST gateway POST "/v1/orders/$number/cancellations" -H 'Prefer: wait=30' -d '{}'
	assert_status 201
	assert_json '.order_status == "cancelled"'
	assert_equal "$(stock CANCEL)" '5|0'
	wait_for "[ \"\$(shop_sql paymentd \"SELECT status FROM payment WHERE order_id = '$order'\")\" = cancelled ]"
}

@test "staff cancel a line for good, ship the rest: the rest is captured, the remainder voided" {
	product REST 5
	cart REST 3
	place tok_success
	ecomctl order cancel "$number" --line REST=1 --restock no --reason broken --yes
	ecomctl order ship "$number"
	wait_for "[ \"\$(field $number .payment)\" = captured ]"
	assert_equal "$(field "$number" .status)" completed
	assert_equal "$(stock REST)" '2|0'
	assert_equal "$(shop_sql paymentd "SELECT captured FROM payment WHERE order_id = '$order'")" 2490
}

@test "what costs nothing is confirmed, shipped and completed" {
	ecomctl product create GRATIS --name Gratis --price 0EUR --stock 5 --status active >/dev/null
	ecomctl shipping set gift --name Gift --price 0EUR >/dev/null
	METHOD=gift
	cart GRATIS 2
	assert_equal "$(jq -r .amount <<<"$total")" 0
	place tok_success
	assert_status 201
	assert_json '.status == "confirmed"'
	ecomctl order ship "$number"
	wait_for "[ \"\$(field $number .status)\" = completed ]"
	assert_equal "$(stock GRATIS)" '3|0'
}

@test "a last shipment that captures nothing releases what is left" {
	product PAID 5
	ecomctl product create EXTRA --name Extra --price 0EUR --stock 5 --status active >/dev/null
	ecomctl shipping set gift --name Gift --price 0EUR >/dev/null
	METHOD=gift
	cart PAID 1 EXTRA 1
	place tok_success
	assert_status 201
	ecomctl order cancel "$number" --line PAID=1 --yes
	wait_for "[ \"\$(stock PAID)\" = '5|0' ]"
	ecomctl order ship "$number"
	wait_for "[ \"\$(field $number .status)\" = completed ]"
	wait_for "[ \"\$(shop_sql paymentd \"SELECT voided FROM payment WHERE order_id = '$order'\")\" = 1000 ]"
}

@test "a held order does not ship until it is resumed" {
	product HELD 5
	cart HELD 1
	place tok_success
	ecomctl order hold "$number" --reason fraud_check
	run ecomctl order ship "$number"
	assert_equal "$status" 6
	ecomctl order resume "$number"
	ecomctl order ship "$number"
	assert_equal "$(field "$number" .status)" completed
}

@test "somebody else's order is not there" {
	product MINE 5
	cart MINE 1
	place tok_success
	gateway POST /v1/guests
	local other
	other=$(json .access_token)
	TOKEN=$other gateway GET "/v1/orders/$order"
	assert_problem 404 not_found
	TOKEN=$other gateway POST "/v1/orders/$number/cancellations" -d '{}'
	assert_problem 404 not_found
	TOKEN=$other gateway GET /v1/orders
	assert_json '.data == []'
}

# insist BODY ANSWER: places an order and asks with the same key until it is decided.
insist() {
	local key
	key=$(uuid)
	wait_for "curl -sS -o '$2' -X POST '$SHOP/v1/orders' -H 'Authorization: Bearer $GUEST' \
		-H 'Content-Type: application/json' -H 'Idempotency-Key: $key' -H 'Prefer: wait=30' \
		--data-binary '@$1' && jq -e 'has(\"code\") or .status != \"pending\"' '$2'" 120
}

@test "64 checkouts at once for 32 pieces: 32 are confirmed, the others are told" {
	product CROWD 32
	local i folder=$BATS_TEST_TMPDIR pids=()
	for i in {1..64}; do
		cart CROWD 1
		body tok_success >"$folder/body.$i"
	done
	for i in {1..64}; do
		insist "$folder/body.$i" "$folder/answer.$i" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(cat "$folder"/answer.* | jq -r 'select(.status == "confirmed") | .status' | wc -l)" 32
	assert_equal "$(cat "$folder"/answer.* | jq -r 'select(.code == "out_of_stock") | .code' | wc -l)" 32
	assert_equal "$(stock CROWD)" '32|32'
	assert_equal "$(shop_sql paymentd "SELECT count(*) FROM payment p WHERE status = 'authorized' AND amount = 1490
		AND order_id IN ($(cat "$folder"/answer.* | jq -r 'select(.status == "confirmed") | .id' |
			sed "s/.*/'&'/" | paste -sd,))")" 32
}

@test "payments are away: the order waits in sight of the staff, and goes on" {
	product AWAY 5
	cart AWAY 1
	local pid paymentd
	for pid in $(shop_processes); do
		[[ $(readlink "/proc/$pid/exe") != */paymentd ]] || paymentd=$pid
	done
	kill -STOP "$paymentd"
	TOKEN=$GUEST gateway POST /v1/orders -H "Idempotency-Key: $(uuid)" -d "$(body tok_success)"
	assert_status 202
	number=$(json .number)
	wait_for "[ \"\$(field $number '.attempt > 0 and (.last_error | length > 0)')\" = true ]"
	kill -CONT "$paymentd"
	wait_for "[ \"\$(field $number .status)\" = confirmed ]"
}
