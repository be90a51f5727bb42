#!/usr/bin/env bats
# The option hold of cartd: what is in a cart is kept from others for a while.
load ../lib

setup_file() {
	export ECOM_CARTD_HOLD=yes
	shop_up
}

setup() {
	local guest
	guest=$(curl -sS -X POST "$SHOP/v1/guests")
	TOKEN=$(jq -r .access_token <<<"$guest")
}

product() { # SKU PRICE STOCK
	ecomctl product create "$1" --name "Thing $1" --price "$2" --stock "$3" --status active -q
}

cart() { # sets CART
	gateway POST /v1/carts -d '{"currency":"EUR"}'
	assert_status 201
	CART=$(json .id)
}

add() { # SKU QUANTITY
	gateway POST "/v1/carts/$CART/lines" -d "{\"sku\":\"$1\",\"quantity\":$2}"
	assert_status 200
}

stock() { # SKU: available
	ecomctl product get "$1" -o json | jq .stock
}

jobs_done() { # CART
	shop_sql cartd "SELECT count(*) FROM job WHERE queue = 'hold' AND state = 'done'
		AND payload->>'cart' = '$1'"
}

held() {
	gateway GET "/v1/carts/$CART"
	json .held
}

@test "what is in a cart is held where there is enough" {
	local first
	product HOLD-1 10EUR 3
	cart
	add HOLD-1 2
	wait_for '[ "$(held)" = true ]'
	wait_for '[ "$(stock HOLD-1)" = 1 ]'
	first=$CART
	cart
	add HOLD-1 2
	wait_for '[ "$(jobs_done "$CART")" = 1 ]'
	assert_equal "$(held)" false
	# Its own pieces are not missing from the first one.
	gateway POST "/v1/carts/$first/validation" -d '{}'
	assert_json '.ok'
	gateway DELETE "/v1/carts/$first"
	assert_status 204
	wait_for '[ "$(stock HOLD-1)" = 3 ]'
}

@test "held pieces are those of the cart as it is now, whatever the order of its changes" {
	product HOLD-2 1EUR 100
	cart
	local i
	for i in 1 2 3 4 5 6 7 8; do
		printf '%s\n' "$i"
	done | xargs -P 8 -I{} curl -s -o /dev/null -X POST -H "Authorization: Bearer $TOKEN" \
		-H 'Content-Type: application/json' -d '{"sku":"HOLD-2","quantity":{}}' "$SHOP/v1/carts/$CART/lines"
	wait_for '[ "$(jobs_done "$CART")" = 8 ]'
	assert_equal "$(stock HOLD-2)" 64
	assert_equal "$(held)" true
}

@test "an order takes what its cart holds, and nothing stays held" {
	product HOLD-3 10EUR 2
	CART=$(ecomctl cart create --currency EUR -q)
	ecomctl cart add "$CART" HOLD-3 -n 2 -q
	wait_for '[ "$(stock HOLD-3)" = 0 ]'
	assert_equal "$(ecomctl cart checkout "$CART" --email ann@example.com --name Ann --line1 'Main Street 1' \
		--postal-code 10115 --city Berlin --country DE --payment-token tok_success --wait -o json |
		jq -r .status)" confirmed
	assert_equal "$(shop_sql catalogd "SELECT on_hand || ' ' || allocated || ' ' || held FROM stock_level
		WHERE sku = 'HOLD-3'")" '2 2 0'
}
