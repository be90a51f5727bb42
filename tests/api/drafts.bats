#!/usr/bin/env bats
# Draft orders in orderd. Without workers: what the catalogue would answer is stored by hand.
load ../lib

setup_file() {
	pg_start orderd
	nats_start
	daemon_start orderd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
	STAFF=$(token_for 'orders:read orders:write' 00000000-0000-7000-8000-00000000c001)
	READER=$(token_for 'orders:read' 00000000-0000-7000-8000-00000000c002)
	export STAFF READER
}

setup() {
	quoted A 1000
	quoted B 500
}

sql() {
	pg_sql orderd "$@"
}

staff() {
	TOKEN=$STAFF FRONTEND=admin api "$@"
}

quoted() { # SKU PRICE [CURRENCY]
	sql "SELECT return_store_quotes('[\"$1\"]', '[{\"sku\":\"$1\",\"status\":\"active\",\"hidden\":false,
		\"price\":{\"amount\":$2,\"currency\":\"${3:-EUR}\"}}]')" >/dev/null
}

draft_of() { # LINES [OTHER MEMBERS]
	jq -n -c --argjson lines "$1" --argjson more "{${2:-}}" '{email: "Ann@Example.org", name: "Ann", $lines,
		shipping_method: "express", shipping_address: {name: "Ann", line1: "Main Street 1", city: "Berlin",
		country: "DE"}} + $more'
}

# create LINES [OTHER MEMBERS]: sets draft
create() {
	staff POST /v1/order-drafts -d "$(draft_of "$@")"
	assert_status 201
	draft=$(json .id)
}

place() { # TOTAL [OTHER MEMBERS]
	staff POST "/v1/order-drafts/$draft/place" -d "{\"total\":{\"amount\":$1,\"currency\":\"EUR\"}${2:+,$2}}"
}

@test "a draft takes the catalogue's prices, or those that staff write; totals are those of an order" {
	create '[{"sku":"A","quantity":2},{"sku":"B","quantity":1,"price":{"amount":300,"currency":"EUR"},
		"discount":{"amount":100,"currency":"EUR"}}]'
	assert_header location "^/v1/order-drafts/$draft"
	assert_json '.number | test("^D[0-9]+$")'
	assert_json '.status == "open" and .email == "ann@example.org" and (.owner | startswith("guest:"))
		and [.lines[] | [.sku, .quantity, .price.amount, .from, .discount.amount]]
			== [["A", 2, 1000, "catalogue", 0], ["B", 1, 300, "staff", 100]]
		and .subtotal.amount == 2300 and .discount.amount == 100 and .shipping.amount == 1490
		and .total.amount == 3690 and .tax.amount > 0'
	quoted A 1100
	staff GET "/v1/order-drafts/$(json .number)"
	assert_json '.total.amount == 3690'
	assert_header etag '"1"'
}

@test "the catalogue is asked for what is not known" {
	sql "DELETE FROM return_quote WHERE sku = 'B'" >/dev/null
	staff POST /v1/order-drafts -d "$(draft_of '[{"sku":"B","quantity":1}]')"
	assert_status 503
	sql "SELECT return_store_quotes('[\"GONE\"]', '[]')" >/dev/null
	staff POST /v1/order-drafts -d "$(draft_of '[{"sku":"GONE","quantity":1}]')"
	assert_problem 422 draft_product_unknown
}

@test "what no order could be made of is refused" {
	local line='{"sku":"A","quantity":1}' dollar='{"amount":100,"currency":"USD"}'
	staff POST /v1/order-drafts -d "$(draft_of "[$line,$line]")"
	assert_problem 422 draft_line_repeated
	staff POST /v1/order-drafts -d "$(draft_of "[$line,{\"sku\":\"B\",\"quantity\":1,\"price\":$dollar}]")"
	assert_problem 422 order_currency_mixed
	staff POST /v1/order-drafts -d "$(draft_of "[$line]" "\"shipping\":$dollar")"
	assert_problem 422 order_currency_mixed
	staff POST /v1/order-drafts -d "$(draft_of '[{"sku":"A","quantity":1,"discount":{"amount":1001,"currency":"EUR"}}]')"
	assert_problem 422 draft_discount_too_large
	staff POST /v1/order-drafts -d "$(draft_of "[$line]" '"shipping_method":"pigeon"')"
	assert_problem 422 shipping_method_unavailable
	staff POST /v1/order-drafts -d "$(draft_of "[$line]" '"owner":"somebody"')"
	assert_status 422
	staff POST /v1/order-drafts -d "$(draft_of '[]')"
	assert_status 422
	TOKEN=$READER FRONTEND=admin api POST /v1/order-drafts -d "$(draft_of "[$line]")"
	assert_status 403
}

@test "shipping may have a price of its own, and no method" {
	staff POST /v1/order-drafts -d "$(draft_of '[{"sku":"A","quantity":1}]' '"shipping_method":null')"
	assert_status 422
	staff POST /v1/order-drafts -d "$(draft_of '[{"sku":"A","quantity":1}]' \
		'"shipping":{"amount":250,"currency":"EUR"}' | jq -c 'del(.shipping_method)')"
	assert_status 201
	assert_json '.total.amount == 1250'
	draft=$(json .id)
	place 1250 '"payment_token":"tok_success"'
	assert_status 202
	assert_json '.shipping_method == "custom" and .shipping.amount == 250'
}

@test "a draft is changed at its version; lines as a whole" {
	create '[{"sku":"A","quantity":2}]' '"note":"call first"'
	staff PATCH "/v1/order-drafts/$draft" -H 'If-Match: "1"' -d '{"lines":[{"sku":"B","quantity":3}],"name":null}'
	assert_status 200
	assert_json '.version == 2 and .name == null and .note == "call first" and .lines[0].sku == "B"
		and .total.amount == 2990'
	staff PATCH "/v1/order-drafts/$draft" -H 'If-Match: "1"' -d '{"name":"Bob"}'
	assert_status 412
	staff PATCH "/v1/order-drafts/$draft" -d '{"name":"Bob"}'
	assert_status 428
	staff PATCH /v1/order-drafts/D1 -H 'If-Match: "1"' -d '{"name":"Bob"}'
	assert_status 404
	staff DELETE "/v1/order-drafts/$draft" -H 'If-Match: "1"'
	assert_status 412
	staff DELETE "/v1/order-drafts/$draft" -H 'If-Match: "2"'
	assert_status 204
	staff GET "/v1/order-drafts/$draft"
	assert_status 404
}

@test "a draft is placed for the total that was shown, and once" {
	create '[{"sku":"A","quantity":2}]' '"note":"by phone","locale":"de","owner":"00000000-0000-7000-8000-00000000a001"'
	place 3491 '"payment_method":"bank_transfer"'
	assert_problem 409 order_total_differs
	place 3490
	assert_problem 422 draft_payment_missing
	place 3490 '"payment_method":"bank_transfer"'
	assert_status 202
	assert_json '.kind == "draft" and .origin == "'"$draft"'" and .cart == null and .locale == "de"
		and .owner == "00000000-0000-7000-8000-00000000a001" and .total.amount == 3490 and .status == "pending"'
	order=$(json .id)
	assert_header location "^/v1/orders/$order"
	assert_equal "$(sql "SELECT payment_token FROM orders WHERE id = '$order'")" manual_bank_transfer
	assert_equal "$(sql "SELECT text || ' ' || public FROM order_note WHERE order_id = '$order'")" 'by phone false'
	assert_equal "$(sql "SELECT body->>'cart' IS NULL FROM outbox WHERE aggregate_id = '$order'
		AND subject = 'orders.order.placed'")" t
	place 3490 '"payment_method":"bank_transfer"'
	assert_problem 409 draft_placed
	staff GET "/v1/order-drafts/$draft"
	assert_json '.status == "placed" and .order == "'"$order"'" and (.order_number | length > 0)'
	staff DELETE "/v1/order-drafts/$draft" -H 'If-Match: "2"'
	assert_problem 409 draft_placed
	staff PATCH "/v1/order-drafts/$draft" -H 'If-Match: "2"' -d '{"name":"x"}'
	assert_problem 409 draft_placed
}

@test "a draft's own means of payment is used, and never shown" {
	create '[{"sku":"A","quantity":2}]' '"payment_token":"tok_secret_1"'
	assert_json '.payment_method == "token" and (tostring | contains("tok_secret") | not)'
	place 3490
	assert_status 202
	assert_json 'tostring | contains("tok_secret") | not'
	assert_equal "$(sql "SELECT payment_token FROM orders WHERE origin = '$draft'")" tok_secret_1
}

@test "32 clients who place one draft make one order" {
	create '[{"sku":"A","quantity":2}]' '"payment_method":"cash_on_delivery"'
	for _ in {1..32}; do
		(place 3490 >/dev/null 2>&1 || true) &
	done
	wait
	assert_equal "$(sql "SELECT count(*) FROM orders WHERE origin = '$draft'")" 1
}

@test "a draft that is deleted while it is placed is not there" {
	run sql "SELECT draft_place(gen_random_uuid(), gen_random_uuid(), '{}', 'staff')"
	assert_contains "$output" 'The draft was deleted.'
}

@test "drafts are listed, page by page" {
	create '[{"sku":"A","quantity":1}]' '"email":"list@example.org"'
	create '[{"sku":"A","quantity":1}]' '"email":"list@example.org"'
	staff GET '/v1/order-drafts?email=list@example.org&limit=1'
	assert_json '.data | length == 1 and .[0].id == "'"$draft"'"'
	staff GET "/v1/order-drafts?email=list@example.org&limit=1&after=$(json .next)"
	assert_json '(.data | length == 1 and .[0].id != "'"$draft"'") and .next == null'
	staff GET '/v1/order-drafts?status=placed&limit=200'
	assert_json '.data | all(.status == "placed")'
}

@test "a draft whose shipping method is gone says so, and is still shown" {
	create '[{"sku":"A","quantity":1}]'
	sql "UPDATE shipping_method SET active = false WHERE code = 'express'" >/dev/null
	staff GET "/v1/order-drafts/$draft"
	sql "UPDATE shipping_method SET active = true WHERE code = 'express'" >/dev/null
	assert_status 200
	assert_json '.total == null and (.problem | contains("express"))'
}
