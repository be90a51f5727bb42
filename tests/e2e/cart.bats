#!/usr/bin/env bats
# Carts in a whole shop: products come from catalogd when they are first put into a cart, events keep
# what is known up to date, guests become users, and ecomctl cart.
load ../lib

bats_require_minimum_version 1.5.0

setup_file() {
	shop_up
	http POST "$SHOP/v1/users" -H 'Content-Type: application/json' \
		-d '{"email":"ann@example.com","password":"correct horse","name":"Ann"}'
	http POST "$SHOP/v1/sessions" -H 'Content-Type: application/json' \
		-d '{"email":"ann@example.com","password":"correct horse"}'
	ANN_TOKEN=$(json .access_token)
	export ANN_TOKEN
}

setup() {
	TOKEN=$ANN_TOKEN
}

expect() { # EXIT CODE, ecomctl arguments
	local wanted=$1
	shift
	run --separate-stderr ecomctl "$@"
	[ "$status" = "$wanted" ] || flunk "ecomctl $*: exit $status, not $wanted
$output
$stderr"
}

product() { # SKU [PRICE] [STOCK]
	ecomctl product create "$1" --name "Thing $1" --price "${2:-10EUR}" --stock "${3:-20}" --status active -q
}

cart() { # sets CART
	gateway POST /v1/carts -d '{"currency":"EUR"}'
	assert_status 201
	CART=$(json .id)
}

add() { # SKU QUANTITY
	gateway POST "/v1/carts/$CART/lines" -d "{\"sku\":\"$1\",\"quantity\":$2}"
}

guest() { # sets GUEST_TOKEN
	TOKEN='' gateway POST /v1/guests
	assert_status 201
	GUEST_TOKEN=$(json .access_token)
}

catalogue() { # SIGNAL: to all instances of catalogd in this shop
	local pid
	for pid in $(shop_processes); do
		[[ $(readlink "/proc/$pid/exe") != */catalogd ]] || kill "-$1" "$pid"
	done
}

# The price of a SKU when it is put into a new cart.
price_in_cart() {
	cart
	add "$1" 1
	json '.lines[0].price.amount // .code'
}

@test "a product that nobody asked for yet is asked for, and known from then on" {
	product FIRST-1 12.90EUR
	cart
	add FIRST-1 2
	assert_status 200
	assert_json '.subtotal == {"amount":2580,"currency":"EUR"} and .lines[0].name == "Thing FIRST-1"'
	add NONE-1 1
	assert_problem 422 cart_product_unknown
	product NONE-1
	add NONE-1 1
	assert_status 200
	assert_equal "$(shop_sql cartd "SELECT version FROM product_seen WHERE sku = 'FIRST-1'")" 1
}

@test "while the catalogue is away what is known can be bought, and the rest later" {
	product AWAY-1
	product AWAY-2
	cart
	add AWAY-1 1
	assert_status 200
	catalogue STOP
	add AWAY-1 1
	assert_status 200
	add AWAY-2 1
	assert_problem 503 unavailable
	catalogue CONT
	wait_for 'add AWAY-2 1; [ "$http_status" = 200 ]'
}

@test "a new price, an archive and an import reach carts by events" {
	product EVENT-1
	assert_equal "$(price_in_cart EVENT-1)" 1000
	ecomctl product update EVENT-1 --price 11EUR -q
	wait_for '[ "$(price_in_cart EVENT-1)" = 1100 ]'
	printf 'sku,name,price\nEVENT-1,Thing,12 EUR\n' >"$BATS_TEST_TMPDIR/import.csv"
	ecomctl product import "$BATS_TEST_TMPDIR/import.csv" -q
	wait_for '[ "$(price_in_cart EVENT-1)" = 1200 ]'
	ecomctl product archive EVENT-1 -q
	wait_for '[ "$(price_in_cart EVENT-1)" = cart_product_unavailable ]'
}

@test "a category that is archived takes its products out of reach" {
	ecomctl category create attic --name Attic -q
	product ATTIC-1
	ecomctl product update ATTIC-1 --category attic -q
	wait_for '[ "$(price_in_cart ATTIC-1)" = 1000 ]'
	ecomctl category archive attic -q
	wait_for '[ "$(price_in_cart ATTIC-1)" = cart_product_unavailable ]'
}

@test "validation compares with prices and stock of now" {
	product VALID-1 10EUR 5
	product VALID-2 10EUR 5
	cart
	add VALID-1 5
	add VALID-2 5
	gateway POST "/v1/carts/$CART/validation" -d '{}'
	assert_status 200
	assert_json '.ok and .changes == [] and .cart.version == 3'
	ecomctl product update VALID-1 --stock 2 -q
	ecomctl product update VALID-2 --price 9EUR -q
	gateway POST "/v1/carts/$CART/validation" -d '{}'
	assert_json '.ok == false and .changes == [
		{"sku":"VALID-1","kind":"insufficient_stock","was":5,"now":2},
		{"sku":"VALID-2","kind":"price_changed","was":{"amount":1000,"currency":"EUR"},
			"now":{"amount":900,"currency":"EUR"}}]'
	gateway POST "/v1/carts/$CART/validation" -d '{"accept":true}'
	assert_json '.ok and (.changes | length) == 2 and .cart.subtotal.amount == 6500 and .cart.version == 4'
	gateway POST "/v1/carts/$CART/validation" -d '{}'
	assert_json '.ok and .changes == []'
}

@test "a guest who becomes a user takes the cart along" {
	local theirs mine
	product GUEST-1
	guest
	TOKEN=$GUEST_TOKEN
	cart
	add GUEST-1 2
	theirs=$CART
	TOKEN=$ANN_TOKEN
	cart
	mine=$CART
	add GUEST-1 1
	gateway GET "/v1/carts/$theirs"
	assert_problem 404 not_found
	gateway POST "/v1/carts/$mine/merge" -d "{\"from\":\"$theirs\",\"guest_token\":\"$GUEST_TOKEN\"}"
	assert_status 200
	assert_json '.lines[0].quantity == 3'
	TOKEN=$GUEST_TOKEN gateway GET "/v1/carts/$theirs"
	assert_json '.status == "merged"'
}

stock() { # SKU: available
	ecomctl product get "$1" -o json | jq .stock
}

@test "ecomctl cart, from an empty one to none" {
	product CLI-1 5EUR 9
	product CLI-2 7.50EUR 9
	expect 0 cart create --currency EUR -q
	CART=$output
	expect 0 cart add "$CART" CLI-1 --quantity 3 -q
	assert_equal "$output" "$CART"
	expect 0 cart add "$CART" CLI-2 -o json
	jq -e '.subtotal == {"amount":2250,"currency":"EUR"} and .line_count == 2' <<<"$output"
	expect 0 cart set "$CART" CLI-1 -n 1 --fields subtotal --no-headers
	assert_equal "$output" '12.50 EUR'
	expect 0 cart lines "$CART" -o csv --fields sku,quantity,total
	assert_equal "$(sed 1d <<<"$output")" $'CLI-1,1,5.00 EUR\nCLI-2,1,7.50 EUR'
	expect 0 cart list --status active -q
	assert_contains "$output" "$CART"
	expect 0 cart describe "$CART"
	expect 0 cart get "$CART" -q
	assert_equal "$output" "$CART"
	expect 0 cart validate "$CART" -q
	assert_equal "$output" ''
	ecomctl product update CLI-2 --price 8EUR -q
	expect 1 cart validate "$CART" --no-headers
	assert_equal "$(tr '\t' ' ' <<<"$output")" 'CLI-2 price_changed 7.50 EUR 8.00 EUR'
	assert_equal "${stderr_lines[0]}" 'error: the cart is not as the shop is now'
	expect 0 cart validate "$CART" --accept
	expect 0 cart remove "$CART" CLI-2 -o json
	jq -e '.line_count == 1' <<<"$output"
	expect 3 cart remove "$CART" CLI-2
	expect 7 cart add "$CART" NO-SUCH-1
	expect 2 cart create
	expect 0 cart delete "$CART" -q
	expect 3 cart get "$CART"
	assert_equal "${stderr_lines[0]}" "error: cart \"$CART\" not found"
}

@test "ecomctl cart merge reads the guest's token from a file" {
	local theirs
	product CLI-3
	guest
	TOKEN=$GUEST_TOKEN
	cart
	add CLI-3 2
	theirs=$CART
	echo "$GUEST_TOKEN" >"$BATS_TEST_TMPDIR/guest"
	CART=$(ecomctl cart create --currency EUR -q)
	expect 0 cart merge "$CART" "$theirs" --guest-token "$BATS_TEST_TMPDIR/guest" --strategy max -o json
	jq -e '.lines[0].quantity == 2' <<<"$output"
	expect 2 cart merge "$CART" "$theirs"
}

checkout() { # CART [arguments]
	ecomctl cart checkout "$1" --email ann@example.com --name 'Ann Smith' --line1 'Main Street 1' \
		--postal-code 10115 --city Berlin --country DE --payment-token tok_success "${@:2}"
}

@test "ecomctl cart checkout orders what is in the cart, once" {
	local number
	product BUY-1 25EUR 5
	CART=$(ecomctl cart create --currency EUR -q)
	run --separate-stderr checkout "$CART"
	assert_equal "$status" 7
	assert_equal "${stderr_lines[0]}" 'error: the cart is empty'
	ecomctl cart add "$CART" BUY-1 -n 2 -q
	run --separate-stderr checkout "$CART" --wait --key buy-1 -o json
	[ "$status" = 0 ] || flunk "$status $output $stderr"
	jq -e '.status == "confirmed" and .lines[0].quantity == 2' <<<"$output"
	number=$(jq -r .number <<<"$output")
	wait_for '[ "$(ecomctl cart get "$CART" -o json | jq -r .status)" = ordered ]'
	wait_for '[ "$(stock BUY-1)" = 3 ]'
	run --separate-stderr checkout "$CART" --wait --key buy-1 -q
	assert_equal "$status" 0
	assert_equal "$output" "$number"
	run --separate-stderr checkout "$CART" --wait -o json
	assert_equal "$status" 6
	expect 6 cart add "$CART" BUY-1
}

@test "ecomctl cart checkout tells why an order was rejected" {
	product SHORT-1 25EUR 1
	CART=$(ecomctl cart create --currency EUR -q)
	ecomctl cart add "$CART" SHORT-1 -n 2 -q
	run --separate-stderr checkout "$CART" --wait
	assert_equal "$status" 6
	assert_contains "$stderr" 'stock'
}
