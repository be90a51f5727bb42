#!/usr/bin/env bats
# cartd: carts and lines, whose they are, limits, validation, merging, expiry, events. Products are
# written into cartd's own table here; asking catalogd for them is in tests/e2e/cart.bats.
load ../lib

ANN=00000000-0000-7000-8000-00000000000a
BOB=00000000-0000-7000-8000-00000000000b

setup_file() {
	pg_start cartd
	nats_start
	daemon_start cartd ECOM_RETENTION_EVERY=1s
	ANN_TOKEN=$(token_for '' "$ANN")
	BOB_TOKEN=$(token_for '' "$BOB")
	GUEST_TOKEN=$(token_for '' guest:00000000-0000-7000-8000-0000000000f0)
	STAFF_TOKEN=$(token_for carts:read 00000000-0000-7000-8000-00000000000c)
	SERVICE_TOKEN=$(token_for carts:read client:orderd internal)
	export ANN_TOKEN BOB_TOKEN GUEST_TOKEN STAFF_TOKEN SERVICE_TOKEN
	product MUG-1 1290
	product POT-1 4999
	product USD-1 100 USD
}

setup() {
	TOKEN=$ANN_TOKEN
}

product() { # SKU AMOUNT [CURRENCY] [STATUS]: as if catalogd had answered it just now
	pg_sql cartd "INSERT INTO product_seen (sku, name, price_amount, currency, status, version, asked_at)
		VALUES ('$1', 'Thing $1', $2, '${3:-EUR}', '${4:-active}', 1, now())
		ON CONFLICT (sku) DO UPDATE SET name = EXCLUDED.name,
			currency = EXCLUDED.currency, price_amount = $2, status = '${4:-active}', asked_at = now()"
}

cart() { # [CURRENCY]: sets CART
	api POST /v1/carts -d "{\"currency\":\"${1:-EUR}\"}"
	assert_status 201
	CART=$(json .id)
}

add() { # SKU QUANTITY [curl arguments]
	api POST "/v1/carts/$CART/lines" -d "{\"sku\":\"$1\",\"quantity\":$2}" "${@:3}"
}

lines() {
	json '[.lines[] | "\(.sku) \(.quantity) \(.price.amount)"] | join(", ")'
}

field() { # COLUMN [CART]
	pg_sql cartd "SELECT $1 FROM cart WHERE id = '${2:-$CART}'"
}

# --- carts ----------------------------------------------------------------------------------------

@test "a cart is made empty, shown, listed and removed" {
	cart
	assert_header location "^/v1/carts/$CART$"
	assert_header etag '^"1"$'
	assert_json '.owner == $ann and .status == "active" and .lines == [] and .version == 1
		and .subtotal == {"amount":0,"currency":"EUR"} and .held == false and .order == null' --arg ann "$ANN"
	local made=$http_body
	api GET "/v1/carts/$CART"
	assert_equal "$http_body" "$made"
	assert_header etag '^"1"$'
	api GET "/v1/carts/$CART" -H 'If-None-Match: "1"'
	assert_status 304
	api GET '/v1/carts?status=active&limit=1'
	assert_json '.data[0].id == $id' --arg id "$CART"
	api DELETE "/v1/carts/$CART"
	assert_status 204
	api DELETE "/v1/carts/$CART"
	assert_problem 404 not_found
}

@test "a cart expires 30 days after its last change" {
	cart
	assert_json '((.expires_at | sub("\\.\\d+"; "") | sub("\\+00:00"; "Z") | fromdate) - now) as $s
		| $s > 29.9 * 86400 and $s < 30.1 * 86400'
}

@test "the same key twice is one cart; another body is refused" {
	api POST /v1/carts -d '{"currency":"EUR"}' -H 'Idempotency-Key: cart-1'
	assert_status 201
	local first=$http_body
	api POST /v1/carts -d '{"currency":"EUR"}' -H 'Idempotency-Key: cart-1'
	assert_status 201
	assert_header idempotent-replayed true
	assert_equal "$http_body" "$first"
	api POST /v1/carts -d '{"currency":"USD"}' -H 'Idempotency-Key: cart-1'
	assert_problem 422 idempotency_key_reused
	TOKEN=$BOB_TOKEN api POST /v1/carts -d '{"currency":"USD"}' -H 'Idempotency-Key: cart-1'
	assert_status 201
}

@test "bad input is refused, each bad field named" {
	api POST /v1/carts -d '{"currency":"euro","owner":"me"}'
	assert_invalid /currency wrong_form
	assert_invalid /owner unknown_field
	cart
	api POST "/v1/carts/$CART/lines" -d '{"sku":"a b","quantity":0}'
	assert_invalid /sku wrong_form
	assert_invalid /quantity out_of_range
	api POST "/v1/carts/$CART/lines" -d '{"sku":"MUG-1","quantity":10000}'
	assert_invalid /quantity out_of_range
	api PATCH "/v1/carts/$CART/lines/MUG-1" -d '{}'
	assert_invalid /quantity required
	api POST "/v1/carts/$CART/merge" -d '{"from":"x","strategy":"all"}'
	assert_invalid /from
	assert_invalid /guest_token required
	assert_invalid /strategy not_allowed
}

@test "without a token there are no carts" {
	TOKEN='' api GET /v1/carts
	assert_problem 401 unauthenticated
	TOKEN='' api POST /v1/carts -d '{"currency":"EUR"}'
	assert_problem 401 unauthenticated
}

@test "a number that looks like a card's is refused, and not logged" {
	cart
	api POST "/v1/carts/$CART/lines" -d '{"sku":"4111111111111111","quantity":1}'
	assert_status 422
	assert_equal "$(pg_sql cartd "SELECT count(*) FROM product_seen WHERE sku LIKE '4111%'")" 0
	run grep -c 4111111111111111 "$SCRATCH/log/cartd-1.log"
	assert_equal "$output" 0
}

# --- whose ----------------------------------------------------------------------------------------

@test "the carts of others are not there, on any route" {
	cart
	add MUG-1 1
	assert_status 200
	local mine=$CART
	TOKEN=$BOB_TOKEN
	api GET "/v1/carts/$mine"
	assert_problem 404 not_found
	CART=$mine add MUG-1 1
	assert_problem 404 not_found
	CART=$mine add NEVER-SEEN 1
	assert_problem 404 not_found
	api PATCH "/v1/carts/$mine/lines/MUG-1" -d '{"quantity":2}'
	assert_problem 404 not_found
	api DELETE "/v1/carts/$mine/lines/MUG-1"
	assert_problem 404 not_found
	api POST "/v1/carts/$mine/validation" -d '{}'
	assert_problem 404 not_found
	api POST "/v1/carts/$mine/merge" -d "{\"from\":\"$mine\",\"guest_token\":\"$GUEST_TOKEN\"}"
	assert_problem 404 not_found
	api DELETE "/v1/carts/$mine"
	assert_problem 404 not_found
	api GET "/v1/carts?owner=$ANN"
	assert_json '.data == []'
	api GET /v1/carts/not-a-uuid
	assert_problem 404 not_found
}

@test "staff with carts:read see the carts of all, and change none" {
	cart
	TOKEN=$STAFF_TOKEN FRONTEND=admin
	api GET "/v1/carts/$CART"
	assert_status 200
	api GET "/v1/carts?owner=$ANN&limit=1"
	assert_json '.data[0].id == $id and .next != null' --arg id "$CART"
	api GET "/v1/carts?owner=$ANN&limit=1&after=$(json .next)"
	assert_json '.data[0].id < $id' --arg id "$CART"
	api GET '/v1/carts?limit=200'
	assert_json '[.data[].owner] | any(. == $ann)' --arg ann "$ANN"
	add MUG-1 1
	assert_problem 404 not_found
}

# --- lines ----------------------------------------------------------------------------------------

@test "lines are added, changed and removed, each a new version with new totals" {
	cart
	add MUG-1 2
	assert_status 200
	assert_header etag '^"2"$'
	assert_json '.version == 2 and .subtotal.amount == 2580 and .lines == [{"sku":"MUG-1","name":"Thing MUG-1",
		"quantity":2,"price":{"amount":1290,"currency":"EUR"},"total":{"amount":2580,"currency":"EUR"}}]'
	add POT-1 1
	add MUG-1 3
	assert_equal "$(lines)" 'MUG-1 5 1290, POT-1 1 4999'
	assert_json '.version == 4 and .subtotal.amount == 11449'
	api PATCH "/v1/carts/$CART/lines/MUG-1" -d '{"quantity":1}'
	assert_json '.version == 5'
	assert_equal "$(lines)" 'MUG-1 1 1290, POT-1 1 4999'
	api PATCH "/v1/carts/$CART/lines/MUG-1" -d '{"quantity":1}'
	assert_json '.version == 5'
	api DELETE "/v1/carts/$CART/lines/MUG-1"
	assert_status 200
	assert_equal "$(lines)" 'POT-1 1 4999'
	api DELETE "/v1/carts/$CART/lines/MUG-1"
	assert_problem 404 not_found
	api PATCH "/v1/carts/$CART/lines/MUG-1" -d '{"quantity":1}'
	assert_problem 404 not_found
	assert_equal "$(field 'line_count || filled::text')" 1true
}

@test "a line keeps the price that was shown when it was added" {
	product SALE-1 1000
	cart
	add SALE-1 1
	product SALE-1 900
	add SALE-1 1
	assert_equal "$(lines)" 'SALE-1 2 1000'
}

@test "the same key twice adds once" {
	cart
	add MUG-1 2 -H 'Idempotency-Key: add-1'
	add MUG-1 2 -H 'Idempotency-Key: add-1'
	assert_status 200
	assert_header idempotent-replayed true
	assert_equal "$(lines)" 'MUG-1 2 1290'
	add MUG-1 3 -H 'Idempotency-Key: add-1'
	assert_problem 422 idempotency_key_reused
}

@test "what is not for sale, or in another currency, is not added" {
	product OLD-1 100 EUR archived
	product HIDDEN-1 100
	pg_sql cartd "UPDATE product_seen SET hidden = true WHERE sku = 'HIDDEN-1'"
	cart
	add OLD-1 1
	assert_problem 409 cart_product_unavailable
	add HIDDEN-1 1
	assert_problem 409 cart_product_unavailable
	add USD-1 1
	assert_problem 409 cart_currency_mismatch
	api GET "/v1/carts/$CART"
	assert_json '.version == 1 and .lines == []'
	assert_equal "$(pg_sql cartd "SELECT count(*) FROM idempotency WHERE location LIKE '%$CART' AND route LIKE '%lines'")" 0
}

@test "what is not known can only be added while the catalogue answers; nothing is written without" {
	cart
	add NEVER-1 1 -H 'Idempotency-Key: never'
	assert_problem 503 unavailable
	assert_equal "$(pg_sql cartd "SELECT count(*) FROM idempotency WHERE key = 'never'")" 0
	product NEVER-1 5 EUR unknown
	add NEVER-1 1 -H 'Idempotency-Key: never'
	assert_problem 503 unavailable
	product NEVER-1 5
	add NEVER-1 1 -H 'Idempotency-Key: never'
	assert_status 200
	assert_no_header idempotent-replayed
}

@test "a line has at most 9999 pieces, a cart 100 lines, and the problem says so" {
	cart
	add MUG-1 9999
	add MUG-1 1
	assert_problem 422 cart_line_quantity
	assert_json '.detail | contains("9999") and contains("10000")'
	pg_sql cartd "INSERT INTO cart_line (cart_id, sku, name, quantity, price_amount)
			SELECT '$CART', 'FILL-' || n, 'x', 1, 1 FROM generate_series(1, 99) n" \
		"UPDATE cart SET line_count = 100 WHERE id = '$CART'"
	add POT-1 1
	assert_problem 409 cart_full
	assert_json '.detail | contains("100 lines")'
	product DEAR-1 1000000000000000
	api DELETE "/v1/carts/$CART/lines/FILL-1"
	add DEAR-1 1
	assert_status 200
	add DEAR-1 1
	assert_problem 422 cart_line_total
}

# add_parallel COUNT [SKU PREFIX]: statuses; each request has a key of its own.
add_parallel() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '%s\n' "${2:-MUG-1}${2:+$i}"
	done | xargs -P 64 -I{} curl -s -o /dev/null -w '%{http_code}\n' -X POST \
		-H "@$SCRATCH/secrets/gateway-cartd.header" -H 'X-Ecom-Frontend: shop' \
		-H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
		-d '{"sku":"{}","quantity":1}' "http://$(daemon_address cartd-1)/v1/carts/$CART/lines"
}

@test "64 parallel adds to one cart are 64 pieces and 64 versions" {
	cart
	assert_equal "$(add_parallel 64 | sort | uniq -c | xargs)" '64 200'
	api GET "/v1/carts/$CART"
	assert_equal "$(lines)" 'MUG-1 64 1290'
	assert_json '.version == 65'
}

@test "of 128 parallel new lines 100 fit" {
	pg_sql cartd "INSERT INTO product_seen (sku, name, price_amount, currency, status, asked_at)
		SELECT 'PAR-' || n, 'x', 1, 'EUR', 'active', now() FROM generate_series(0, 127) n"
	cart
	assert_equal "$(add_parallel 128 PAR- | sort | uniq -c | xargs)" '100 200 28 409'
	assert_equal "$(field line_count)" 100
	assert_equal "$(pg_sql cartd "SELECT count(*) FROM cart_line WHERE cart_id = '$CART'")" 100
}

# --- what catalogd says ---------------------------------------------------------------------------

# validate QUOTES [ACCEPT]: the comparison itself, sets http_body to {ok, changes, cart}.
validate() {
	http_body=$(pg_sql cartd "SELECT body FROM cart_validate('$CART', '$ANN',
		'[\"MUG-1\",\"POT-1\",\"CUP-1\",\"OLD-1\"]', '$1', ${2:-false})")
}

quote() { # SKU AMOUNT AVAILABLE [STATUS]
	printf '{"sku":"%s","name":"Thing","status":"%s","hidden":false,"available":%s,"version":2,
		"price":{"amount":%s,"currency":"EUR"}}' "$1" "${4:-active}" "$3" "$2"
}

@test "validation shows every difference, and changes nothing by itself" {
	product CUP-1 300
	product OLD-1 400
	cart
	add MUG-1 5
	add POT-1 2
	add CUP-1 1
	add OLD-1 1
	validate "[$(quote MUG-1 1290 3),$(quote POT-1 4500 null),$(quote OLD-1 400 9 archived)]"
	assert_json '.ok == false and .cart.version == 5 and .changes == [
		{"sku":"CUP-1","kind":"unknown","was":1,"now":0},
		{"sku":"MUG-1","kind":"insufficient_stock","was":5,"now":3},
		{"sku":"OLD-1","kind":"unavailable","was":1,"now":0},
		{"sku":"POT-1","kind":"price_changed","was":{"amount":4999,"currency":"EUR"},
			"now":{"amount":4500,"currency":"EUR"}}]'
	validate "[$(quote MUG-1 1290 3),$(quote POT-1 4500 null),$(quote OLD-1 400 9 archived)]" true
	assert_json '.ok and (.changes | length) == 4 and .cart.version == 6'
	assert_equal "$(json '[.cart.lines[] | "\(.sku) \(.quantity) \(.price.amount)"] | join(", ")')" \
		'MUG-1 3 1290, POT-1 2 4500'
	assert_equal "$(field line_count)" 2
	validate "[$(quote MUG-1 1290 3),$(quote POT-1 4500 null)]" true
	assert_json '.ok and .changes == [] and .cart.version == 6'
}

@test "validation of an empty cart asks nobody" {
	cart
	api POST "/v1/carts/$CART/validation" -d '{}'
	assert_status 200
	assert_json '.ok and .changes == []'
	add MUG-1 1
	api POST "/v1/carts/$CART/validation" -d '{"accept":true}'
	assert_problem 503 unavailable
}

@test "pieces that the cart holds itself are there for it" {
	cart
	add MUG-1 5
	pg_sql cartd "UPDATE cart SET held_until = now() + interval '1 minute' WHERE id = '$CART'" \
		"UPDATE cart_line SET held = 5 WHERE cart_id = '$CART'"
	validate "[$(quote MUG-1 1290 0)]"
	assert_json '.ok and .cart.held'
}

# --- coupons --------------------------------------------------------------------------------------

@test "coupons are kept in capitals, once each, at most ten, and are a new version of the cart" {
	cart
	api POST "/v1/carts/$CART/coupons" -d '{"code":"save-10"}'
	assert_status 200
	assert_json '.coupons == ["SAVE-10"] and .version == 2'
	api POST "/v1/carts/$CART/coupons" -d '{"code":"Save-10"}'
	assert_json '.coupons == ["SAVE-10"] and .version == 2'
	for i in {1..9}; do api POST "/v1/carts/$CART/coupons" -d "{\"code\":\"C-$i\"}"; done
	assert_json '.coupons | length == 10'
	api POST "/v1/carts/$CART/coupons" -d '{"code":"one-more"}'
	assert_problem 409 cart_coupons_full
	api POST "/v1/carts/$CART/coupons" -d '{"code":"no good"}'
	assert_status 422
	TOKEN=$SERVICE_TOKEN FRONTEND=internal api POST /v1/cart-snapshots -d "{\"carts\":[\"$CART\"]}"
	assert_json '.data[0].coupons | length == 10'
	api DELETE "/v1/carts/$CART/coupons/save-10"
	assert_json '(.coupons | length == 9) and .version == 12'
	api DELETE "/v1/carts/$CART/coupons/save-10"
	assert_status 404
	TOKEN=$BOB_TOKEN api POST "/v1/carts/$CART/coupons" -d '{"code":"save"}'
	assert_status 404
	pg_sql cartd "UPDATE cart SET status = 'expired' WHERE id = '$CART'"
	api POST "/v1/carts/$CART/coupons" -d '{"code":"late"}'
	assert_problem 409 cart_not_active
}

@test "a merge keeps the coupons of both carts" {
	local guests
	TOKEN=$GUEST_TOKEN cart
	guests=$CART
	TOKEN=$GUEST_TOKEN api POST "/v1/carts/$CART/coupons" -d '{"code":"both"}'
	TOKEN=$GUEST_TOKEN api POST "/v1/carts/$CART/coupons" -d '{"code":"guest"}'
	cart
	api POST "/v1/carts/$CART/coupons" -d '{"code":"mine"}'
	api POST "/v1/carts/$CART/coupons" -d '{"code":"both"}'
	api POST "/v1/carts/$CART/merge" -d "{\"from\":\"$guests\",\"guest_token\":\"$GUEST_TOKEN\"}"
	assert_json '.coupons == ["MINE", "BOTH", "GUEST"]'
}

# --- merging --------------------------------------------------------------------------------------

# merge STRATEGY: Ann's cart has MUG-1 2, POT-1 1; the guest's MUG-1 5, CUP-1 3.
merge() {
	product CUP-1 300
	TOKEN=$GUEST_TOKEN cart
	GUEST_CART=$CART
	TOKEN=$GUEST_TOKEN add MUG-1 5
	TOKEN=$GUEST_TOKEN add CUP-1 3
	cart
	add MUG-1 2
	add POT-1 1
	api POST "/v1/carts/$CART/merge" "${@:2}" -d "{\"from\":\"$GUEST_CART\",\"strategy\":\"$1\",
		\"guest_token\":\"$GUEST_TOKEN\"}"
}

sorted_lines() {
	json '[.lines | sort_by(.sku)[] | "\(.sku) \(.quantity)"] | join(", ")'
}

@test "a guest's cart is merged: sum, keep, max" {
	merge sum
	assert_status 200
	assert_equal "$(sorted_lines)" 'CUP-1 3, MUG-1 7, POT-1 1'
	assert_equal "$(field line_count)" 3
	assert_equal "$(field "status || ' ' || merged_into" "$GUEST_CART")" "merged $CART"
	TOKEN=$GUEST_TOKEN CART=$GUEST_CART add MUG-1 1
	assert_problem 409 cart_not_active
	merge keep
	assert_equal "$(sorted_lines)" 'CUP-1 3, MUG-1 2, POT-1 1'
	merge max
	assert_equal "$(sorted_lines)" 'CUP-1 3, MUG-1 5, POT-1 1'
}

@test "a sum stays within the limit of a line" {
	merge keep
	pg_sql cartd "UPDATE cart_line SET quantity = 9998 WHERE cart_id = '$CART' AND sku = 'MUG-1'"
	local target=$CART
	TOKEN=$GUEST_TOKEN cart
	TOKEN=$GUEST_TOKEN add MUG-1 5
	api POST "/v1/carts/$target/merge" -d "{\"from\":\"$CART\",\"guest_token\":\"$GUEST_TOKEN\"}"
	assert_json '[.lines[] | select(.sku == "MUG-1").quantity] == [9999]'
}

@test "a merge with the same key is done once" {
	merge sum -H 'Idempotency-Key: merge-1'
	local first=$http_body body
	body="{\"from\":\"$GUEST_CART\",\"strategy\":\"sum\",\"guest_token\":\"$GUEST_TOKEN\"}"
	api POST "/v1/carts/$CART/merge" -H 'Idempotency-Key: merge-1' -d "$body"
	assert_status 200
	assert_header idempotent-replayed true
	assert_equal "$http_body" "$first"
	api POST "/v1/carts/$CART/merge" -d "$body"
	assert_problem 409 cart_not_active
}

@test "a merge needs the token of the guest whose cart it is" {
	TOKEN=$GUEST_TOKEN cart
	local theirs=$CART other
	cart
	other=$(token_for '' guest:00000000-0000-7000-8000-0000000000f1)
	api POST "/v1/carts/$CART/merge" -d "{\"from\":\"$theirs\",\"guest_token\":\"$other\"}"
	assert_problem 422 cart_merge_source_unknown
	api POST "/v1/carts/$CART/merge" -d "{\"from\":\"$theirs\",\"guest_token\":\"$BOB_TOKEN\"}"
	assert_invalid /guest_token invalid_token
	api POST "/v1/carts/$CART/merge" -d "{\"from\":\"$theirs\",\"guest_token\":\"x.y.z\"}"
	assert_invalid /guest_token invalid_token
	api POST "/v1/carts/$CART/merge" -d "{\"from\":\"$theirs\",
		\"guest_token\":\"$(token_for '' guest:00000000-0000-7000-8000-0000000000f0 ecom -60)\"}"
	assert_invalid /guest_token invalid_token
	TOKEN=$GUEST_TOKEN api POST "/v1/carts/$theirs/merge" -d "{\"from\":\"$theirs\",\"guest_token\":\"$GUEST_TOKEN\"}"
	assert_problem 422 cart_merge_source_unknown
	cart USD
	api POST "/v1/carts/$CART/merge" -d "{\"from\":\"$theirs\",\"guest_token\":\"$GUEST_TOKEN\"}"
	assert_problem 409 cart_currency_mismatch
	assert_equal "$(field status "$theirs")" active
}

# --- for orderd -----------------------------------------------------------------------------------

@test "snapshots tell what carts contain, with an entry per id" {
	cart
	add POT-1 1
	add MUG-1 2
	local none=00000000-0000-7000-8000-0000000000ff
	TOKEN=$SERVICE_TOKEN FRONTEND=internal api POST /v1/cart-snapshots -d "{\"carts\":[\"$CART\",\"$none\"]}"
	assert_status 200
	assert_json '[.data[] | select(.cart == $cart)] == [{"cart":$cart,"owner":$ann,"status":"active","version":3,
		"currency":"EUR","coupons":[],"lines":[
			{"sku":"MUG-1","quantity":2,"price":{"amount":1290,"currency":"EUR"}},
			{"sku":"POT-1","quantity":1,"price":{"amount":4999,"currency":"EUR"}}]}]' \
		--arg cart "$CART" --arg ann "$ANN"
	assert_json '[.data[] | select(.cart == $none)] == [{"cart":$none,"owner":null,"status":"unknown",
		"version":0,"currency":null,"coupons":[],"lines":[]}]' --arg none "$none"
	TOKEN=$STAFF_TOKEN FRONTEND=admin api POST /v1/cart-snapshots -d "{\"carts\":[\"$CART\"]}"
	assert_problem 404 not_found
}

# --- time -----------------------------------------------------------------------------------------

age() { # INTERVAL
	pg_sql cartd "UPDATE cart SET updated_at = now() - interval '$1', expires_at = now() - interval '$1'
			+ interval '30 days', idle_since = now() - interval '$1' WHERE id = '$CART'"
}

abandoned() {
	pg_sql cartd "SELECT count(*) FROM outbox WHERE subject = 'carts.cart.abandoned' AND aggregate_id = '$CART'"
}

@test "a cart that nobody changes is abandoned once, without a new version" {
	cart
	add MUG-1 2
	age '25 hours'
	wait_for '[ "$(abandoned)" = 1 ]'
	assert_equal "$(pg_sql cartd "SELECT body FROM outbox WHERE aggregate_id = '$CART'" | jq -c .)" \
		"{\"cart\":\"$CART\",\"owner\":\"$ANN\",\"lines\":1,\"version\":2,\"total\":{\"amount\":2580,\"currency\":\"EUR\"}}"
	api GET "/v1/carts/$CART"
	assert_json '.version == 2 and .status == "active"'
	add MUG-1 1
	assert_status 200
}

@test "a cart expires, and is removed 90 days later" {
	cart
	add MUG-1 1
	age '31 days'
	wait_for '[ "$(field status)" = expired ]'
	api GET "/v1/carts/$CART"
	assert_json '.status == "expired" and .version == 2'
	assert_header etag '^"2-expired"$'
	add MUG-1 1
	assert_problem 409 cart_not_active
	pg_sql cartd "UPDATE cart SET closed_at = now() - interval '91 days' WHERE id = '$CART'"
	wait_for '[ -z "$(field status)" ]'
	assert_equal "$(pg_sql cartd "SELECT count(*) FROM cart_line WHERE cart_id = '$CART'")" 0
}

@test "an empty cart is not abandoned, and a fresh one does not expire" {
	cart
	age '25 hours'
	local empty=$CART
	cart
	add MUG-1 1
	age '25 hours'
	wait_for '[ "$(abandoned)" = 1 ]'
	assert_equal "$(CART=$empty abandoned)" 0
	assert_equal "$(field status)" active
}

@test "what is known of products is forgotten when nobody asks for long" {
	product LONG-1 1
	product LONG-2 1
	product WORD-1 0 EUR unknown
	pg_sql cartd "UPDATE product_seen SET asked_at = now() - interval '31 days' WHERE sku = 'LONG-1'" \
		"UPDATE product_seen SET asked_at = now() - interval '11 minutes' WHERE sku IN ('LONG-2', 'WORD-1')"
	wait_for "[ \"\$(pg_sql cartd \"SELECT string_agg(sku, ' ') FROM product_seen
		WHERE sku IN ('LONG-1', 'LONG-2', 'WORD-1')\")\" = LONG-2 ]" 20
}
