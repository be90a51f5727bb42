#!/usr/bin/env bats
# orderd: totals, placing, the saga's statements, shipments, cancellations, lists. Without workers: what
# the other services would answer is settled by hand.
load ../lib

setup_file() {
	pg_start orderd
	nats_start
	daemon_start orderd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
	ANN=$(token_for '' 00000000-0000-7000-8000-00000000a001)
	BOB=$(token_for '' 00000000-0000-7000-8000-00000000b001)
	STAFF=$(token_for 'orders:read orders:write shop:write' 00000000-0000-7000-8000-00000000c001)
	export ANN BOB STAFF
}

sql() {
	pg_sql orderd "$@"
}

uuid() {
	cat /proc/sys/kernel/random/uuid
}

# lines SKU QUANTITY PRICE [SKU QUANTITY PRICE…], in EUR
lines() {
	jq -n -c '[$ARGS.positional | _nwise(3) |
		{sku: .[0], quantity: (.[1] | tonumber), price: {amount: (.[2] | tonumber), currency: "EUR"}}]' \
		--args "$@"
}

order_body() { # LINES TOTAL [OTHER MEMBERS]
	jq -n -c --arg cart "$(uuid)" --argjson lines "$1" --argjson total "$2" --argjson more "{${3:-}}" '{$cart,
		cart_version: 1, $lines, total: {amount: $total, currency: "EUR"}, email: "Ann@Example.org",
		name: "Ann Smith", shipping_method: "express", payment_token: "tok_success",
		shipping_address: {name: "Ann", line1: "Main Street 1", city: "Berlin", country: "DE"}} + $more'
}

# place TOKEN LINES TOTAL [OTHER MEMBERS]: sets $order and $number
place() {
	TOKEN=$1 api POST /v1/orders -H "Idempotency-Key: $(uuid)" -d "$(order_body "$2" "$3" "${4:-}")"
	order=$(json .id) number=$(json .number)
}

# What the workers do with answers of the others.
allocated() { # ORDER
	sql "SELECT 1 FROM order_claim('check', 10, 60000) WHERE id = '$1'" >/dev/null
	sql "SELECT order_settle_checkout(json_build_array(json_build_object('id', id, 'attempt', attempt,
		'outcome', 'authorizing', 'deadline', now() + interval '1 minute',
		'names', '[\"A thing\"]'::json))::jsonb) FROM orders WHERE id = '$1'" >/dev/null
}

paid() { # ORDER STATUS VERSION [MEMBERS]
	sql "SELECT order_take_payment(json_build_object('order', id, 'payment', payment_id, 'status', '$2',
		'version', $3, 'authorized', CASE '$2' WHEN 'authorized' THEN total_amount ELSE 0 END)::jsonb
		|| '{${4:-}}') FROM orders WHERE id = '$1'" >/dev/null
}

confirmed() { # LINES TOTAL
	place "$ANN" "$1" "$2"
	assert_status 202
	allocated "$order"
	paid "$order" authorized 1
}

shipped() { # SHIPMENT [OUTCOME]
	sql "SELECT count(*) FROM shipment_claim(10, 60000)" >/dev/null
	sql "SELECT order_settle_shipments(json_build_array(json_build_object('id', id, 'attempt', attempt,
		'outcome', '${2:-shipped}', 'capture', 'pending'))::jsonb) FROM shipment WHERE id = '$1'" >/dev/null
}

staff() {
	TOKEN=$STAFF FRONTEND=admin api "$@"
}

state() { # ORDER
	sql "SELECT concat_ws(' ', status, step, reason) FROM orders WHERE id = '$1'"
}

# --- totals -----------------------------------------------------------------------------------------

@test "halves are rounded to the even neighbour" {
	assert_equal "$(sql "SELECT array_agg(round_half_even(n, d)) FROM (VALUES (1, 2), (3, 2), (5, 2), (7, 2),
		(-1, 2), (-3, 2), (-5, 2), (7, 3), (8, 3), (-7, 3), (0, 5), (2.5, 1), (3.5, 1)) AS v(n, d)")" \
		'{0,2,2,4,0,-2,-2,2,3,-2,0,2,4}'
	# 50 cent at 7.25 % are 3.625; 150 at 1 % are 1.5, 250 at 1 % are 2.5: both 2.
	assert_equal "$(sql "SELECT tax_of(50, 72500, false), tax_of(150, 10000, false), tax_of(250, 10000, false),
		tax_of(1190, 190000, true), tax_of(1, 190000, true)")" '4|2|2|190|0'
}

@test "totals: inclusive and exclusive tax, per line" {
	api POST /v1/order-previews -d "{\"lines\":$(lines A 3 1999 B 1 333),\"shipping_method\":\"express\",
		\"shipping_address\":{\"country\":\"DE\"}}"
	assert_status 200
	assert_json '.subtotal.amount == 6330 and .shipping.amount == 1490 and .total.amount == 7820
		and .tax_inclusive and ([.lines[].tax.amount] == [958, 53]) and .tax.amount == 958 + 53 + 238
		and ([.lines[].total.amount] == [5997, 333])'
	api POST /v1/order-previews -d "{\"lines\":$(lines A 3 1999 B 1 333),\"shipping_method\":\"express\",
		\"shipping_address\":{\"country\":\"US\",\"region\":\"CA\"}}"
	assert_json '.tax_inclusive == false and ([.lines[].tax.amount] == [435, 24]) and .tax.amount == 435 + 24 + 108
		and .total.amount == 6330 + 1490 + 567 and ([.lines[].total.amount] == [6432, 357])'
	api POST /v1/order-previews -d "{\"lines\":$(lines A 1 1000),\"shipping_method\":\"express\",
		\"shipping_address\":{\"country\":\"US\",\"region\":\"OR\"}}"
	assert_json '.tax.amount == 0 and .total.amount == 2490 and .tax_name == null'
}

@test "amounts are minor units of any currency: JPY has none, KWD three" {
	sql "INSERT INTO shipping_method (code, name, price_amount, currency) VALUES ('jp', 'JP', 500, 'JPY'),
		('kw', 'KW', 1500, 'KWD')" >/dev/null
	api POST /v1/order-previews -d '{"lines":[{"sku":"A","quantity":3,"price":{"amount":1980,"currency":"JPY"}}],
		"shipping_address":{"country":"JP"}}'
	assert_json '.total == {"amount":6440,"currency":"JPY"} and .tax.amount == 540 + 45 and .shipping_method == "jp"'
	api POST /v1/order-previews -d '{"lines":[{"sku":"A","quantity":1,"price":{"amount":12345,"currency":"KWD"}}],
		"shipping_address":{"country":"KW"}}'
	assert_json '.total == {"amount":13845,"currency":"KWD"} and .tax.amount == 0'
}

@test "an order's totals can be computed again from what it keeps, whatever rates are now" {
	place "$ANN" "$(lines A 3 1999 B 7 333)" 9818
	assert_status 202
	sql "UPDATE tax_rate SET rate_ppm = 210000 WHERE country = 'DE'" >/dev/null
	assert_equal "$(sql "SELECT (t.subtotal, t.tax_amount, t.total_amount, t.shipping_tax) = (o.subtotal, o.tax_amount,
		o.total_amount, o.shipping_tax) FROM orders o, LATERAL totals_from((SELECT jsonb_agg(jsonb_build_object(
		'sku', sku, 'quantity', quantity, 'price', jsonb_build_object('amount', price_amount,
		'currency', o.currency)) ORDER BY line) FROM order_line WHERE order_id = o.id), o.shipping_amount,
		o.tax_rate_ppm, o.tax_inclusive) t WHERE o.id = '$order'")" t
	sql "UPDATE tax_rate SET rate_ppm = 190000 WHERE country = 'DE'" >/dev/null
}

@test "previews list the methods of an address, and free shipping from a subtotal on" {
	api POST /v1/order-previews -d "{\"lines\":$(lines A 1 100),\"shipping_address\":{\"country\":\"DE\"}}"
	assert_json '[.shipping_methods[].code] == ["standard", "express"] and .shipping.amount == 490
		and .shipping_method == "standard"'
	api POST /v1/order-previews -d "{\"lines\":$(lines A 1 10000),\"shipping_address\":{\"country\":\"DE\"}}"
	assert_json '.shipping.amount == 0 and .total.amount == 10000'
	api POST /v1/order-previews -d "{\"lines\":$(lines A 1 1),\"shipping_method\":\"mule\",
		\"shipping_address\":{\"country\":\"DE\"}}"
	assert_problem 422 shipping_method_unavailable
	api POST /v1/order-previews -d '{"lines":[{"sku":"A","quantity":1,"price":{"amount":1,"currency":"EUR"}},
		{"sku":"B","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shipping_address":{"country":"DE"}}'
	assert_problem 422 order_currency_mixed
}

# --- placing ----------------------------------------------------------------------------------------

@test "an order is stored as it was agreed to, and told" {
	place "$ANN" "$(lines A 2 1000)" 3490
	assert_status 202
	assert_header location "^/v1/orders/$order\$"
	assert_json '.status == "pending" and .payment == "none" and .fulfilment == "unfulfilled"
		and .email == "ann@example.org" and (has("payment_token") | not) and (.number | test("^1[0-9]{5}$"))'
	[[ $http_body != *tok_success* ]]
	assert_equal "$(sql "SELECT subject, version FROM outbox WHERE aggregate_id = '$order'")" 'orders.order.placed|1'
	assert_equal "$(sql "SELECT body::text ~ 'example|Smith|Main' FROM outbox WHERE aggregate_id = '$order'")" f
}

@test "another total than the expected one stores nothing" {
	local before
	before=$(sql "SELECT count(*) FROM orders")
	place "$ANN" "$(lines A 2 1000)" 3489
	assert_problem 409 order_total_differs
	assert_json '.detail | contains("3490")'
	assert_equal "$(sql "SELECT count(*) FROM orders")" "$before"
}

@test "the key is required, a repeated one answers with the same order, another body is 422" {
	local body key first
	body=$(order_body "$(lines A 1 1000)" 2490) key=$(uuid)
	TOKEN=$ANN api POST /v1/orders -d "$body"
	assert_problem 400 idempotency_key_required
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $key" -d "$body"
	assert_status 202
	first=$(json .id)
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $key" -d "$body"
	assert_status 202
	assert_json '.id == $id' --arg id "$first"
	allocated "$first"
	paid "$first" authorized 1
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $key" -d "$body"
	assert_status 201
	assert_json '.id == $id and .status == "confirmed"' --arg id "$first"
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $key" -d "${body/Ann Smith/Eve}"
	assert_problem 422 idempotency_key_reused
	TOKEN=$BOB api POST /v1/orders -H "Idempotency-Key: $key" -d "$(order_body "$(lines A 1 1000)" 2490)"
	assert_status 202
}

@test "a cart is ordered once, and again after a rejection" {
	local cart
	cart=$(uuid)
	place "$ANN" "$(lines A 1 1000)" 2490 "\"cart\":\"$cart\""
	assert_status 202
	local first=$order
	place "$ANN" "$(lines A 1 1000)" 2490 "\"cart\":\"$cart\""
	assert_problem 409 order_cart_taken
	sql "SELECT order_begin_release('$first', 'rejected', 'payment_expired', NULL, 'test')" >/dev/null
	sql "SELECT count(*) FROM order_claim('releasing', 10, 60000)" >/dev/null
	sql "SELECT order_settle_releases(json_build_array(json_build_object('id', '$first', 'attempt', 1))::jsonb)" >/dev/null
	assert_equal "$(state "$first")" 'rejected payment_expired'
	place "$ANN" "$(lines A 1 1000)" 2490 "\"cart\":\"$cart\""
	assert_status 202
}

@test "a card number instead of a token is refused and not kept" {
	place "$ANN" "$(lines A 1 1000)" 2490 '"payment_token":"4111111111111111"'
	assert_status 422
	[[ $http_body != *4111111111111111* ]]
	run ! grep -r 4111111111111111 "$SCRATCH/log"
}

@test "an order is its owner's and staff's" {
	place "$ANN" "$(lines A 1 1000)" 2490
	local path
	for path in "/v1/orders/$order" "/v1/orders/$number" "/v1/orders/$number/timeline"; do
		TOKEN=$ANN api GET "$path"
		assert_status 200
		TOKEN=$BOB api GET "$path"
		assert_problem 404 not_found
		staff GET "$path"
		assert_status 200
	done
	TOKEN=$BOB api POST "/v1/orders/$number/cancellations" -d '{}'
	assert_problem 404 not_found
	TOKEN=$ANN api GET "/v1/orders/$number"
	assert_json '.step == null and .attempt == null'
	staff GET "/v1/orders/$number"
	assert_json '.step == "check" and .attempt == 0'
}

# --- the saga ---------------------------------------------------------------------------------------

@test "a payment confirms the order and its token is forgotten" {
	confirmed "$(lines A 1 1000)" 2490
	TOKEN=$ANN api GET "/v1/orders/$order"
	assert_json '.status == "confirmed" and .payment == "authorized" and .lines[0].name == "A thing" and .version == 3'
	assert_equal "$(sql "SELECT payment_token IS NULL, step IS NULL, due_at IS NULL FROM orders WHERE id = '$order'")" 't|t|t'
	assert_equal "$(sql "SELECT string_agg(kind || ' ' || version, ', ' ORDER BY version) FROM order_event
		WHERE order_id = '$order'")" 'placed 1, allocated 2, confirmed 3'
}

@test "an authorization that comes before the checkout is settled confirms the order when it is" {
	place "$ANN" "$(lines A 1 1000)" 2490
	paid "$order" authorized 1
	assert_equal "$(state "$order")" 'pending check'
	allocated "$order"
	assert_equal "$(state "$order")" confirmed
}

@test "an older state of the payment, and the same again, change nothing" {
	confirmed "$(lines A 1 1000)" 2490
	paid "$order" declined 1
	paid "$order" pending 0
	assert_equal "$(sql "SELECT status, payment, version FROM orders WHERE id = '$order'")" 'confirmed|authorized|3'
}

@test "a decline releases, and rejects when everything is given back" {
	place "$ANN" "$(lines A 1 1000)" 2490
	allocated "$order"
	paid "$order" declined 1 '"reason":"card_declined"'
	assert_equal "$(state "$order")" 'pending releasing payment_declined'
	sql "SELECT count(*) FROM order_claim('releasing', 10, 60000)" >/dev/null
	sql "SELECT order_settle_releases(json_build_array(json_build_object('id', '$order', 'attempt', 1, 'why', 'away'))::jsonb)" >/dev/null
	assert_equal "$(sql "SELECT step, last_error FROM orders WHERE id = '$order'")" 'releasing|away'
	sql "SELECT order_settle_releases(json_build_array(json_build_object('id', '$order', 'attempt', 1))::jsonb)" >/dev/null
	assert_equal "$(state "$order")" 'rejected payment_declined'
	paid "$order" authorized 2
	assert_equal "$(state "$order")" 'rejected payment_declined'
}

@test "a settlement with an old attempt changes nothing" {
	place "$ANN" "$(lines A 1 1000)" 2490
	sql "SELECT count(*) FROM order_claim('check', 100, 0)" >/dev/null
	sql "SELECT count(*) FROM order_claim('check', 100, 60000)" >/dev/null
	assert_equal "$(sql "SELECT order_settle_checkout(json_build_array(json_build_object('id', '$order', 'attempt', 1,
		'outcome', 'rejected', 'reason', 'out_of_stock'))::jsonb)")" 0
	assert_equal "$(sql "SELECT order_settle_checkout(json_build_array(json_build_object('id', '$order', 'attempt', 2,
		'outcome', 'retry', 'why', 'catalogd is away'))::jsonb)")" 1
	staff GET "/v1/orders/$order"
	assert_json '.step == "check" and .attempt == 2 and .last_error == "catalogd is away"'
}

@test "at its deadline an order is released, whatever it waits for" {
	place "$ANN" "$(lines A 1 1000)" 2490
	local first=$order
	place "$ANN" "$(lines A 1 1000)" 2490
	allocated "$order"
	sql "UPDATE orders SET deadline = now() WHERE id IN ('$first', '$order')" "SELECT order_expire(10)" >/dev/null
	assert_equal "$(state "$first")" 'pending releasing payment_expired'
	assert_equal "$(state "$order")" 'pending releasing payment_expired'
}

@test "a customer with something to do is told what, and until when" {
	place "$ANN" "$(lines A 1 1000)" 2490
	allocated "$order"
	paid "$order" action_required 1 '"next_action":{"type":"challenge"}'
	TOKEN=$ANN api GET "/v1/orders/$order"
	assert_json '.status == "pending" and .next_action.type == "challenge" and (.deadline | length > 0)'
	paid "$order" authorized 2
	TOKEN=$ANN api GET "/v1/orders/$order"
	assert_json '.status == "confirmed" and .next_action == null and .deadline == null'
}

@test "a pending order is cancelled as a whole" {
	place "$ANN" "$(lines A 1 1000)" 2490
	TOKEN=$ANN api POST "/v1/orders/$number/cancellations" -d '{}'
	assert_status 201
	assert_equal "$(state "$order")" 'pending releasing customer'
	sql "SELECT count(*) FROM order_claim('releasing', 100, 60000)" >/dev/null
	sql "SELECT order_settle_releases(json_build_array(json_build_object('id', id, 'attempt', attempt))::jsonb)
		FROM orders WHERE id = '$order'" >/dev/null
	TOKEN=$ANN api GET "/v1/orders/$number"
	assert_json '.status == "cancelled" and .lines[0].cancelled == 1'
	TOKEN=$ANN api POST "/v1/orders/$number/cancellations" -d '{}'
	assert_problem 409 order_not_open
}

# --- shipments and cancellations ---------------------------------------------------------------------

@test "shipments capture their part, and together exactly what was shipped" {
	confirmed "$(lines A 3 333)" 2489
	local amounts=() i
	for i in 1 2 3; do
		staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"sku":"A","quantity":1}],"carrier":"DHL"}'
		assert_status 201
		amounts+=("$(json .amount.amount)")
		shipped "$(json .id)"
	done
	assert_equal "${amounts[*]}" '1823 333 333'
	TOKEN=$ANN api GET "/v1/orders/$number"
	assert_json '.status == "completed" and .fulfilment == "shipped" and (.shipments | length) == 3'
	assert_equal "$(sql "SELECT count(*) FROM outbox WHERE aggregate_id = '$order'
		AND subject = 'orders.shipment.shipped'")" 3
}

@test "what does not divide is in the last shipment" {
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $(uuid)" -d "$(order_body "$(lines A 3 333)" 2488 \
		'"shipping_address":{"name":"Ann","line1":"1","city":"C","country":"US","region":"WA"}')"
	assert_json '.detail | contains("2651")'
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $(uuid)" -d "$(order_body "$(lines A 3 333)" 2651 \
		'"shipping_address":{"name":"Ann","line1":"1","city":"C","country":"US","region":"WA"}')"
	order=$(json .id) number=$(json .number)
	allocated "$order"
	paid "$order" authorized 1
	local sum=0 i
	for i in 1 2 3; do
		staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"line":1,"quantity":1}]}'
		sum=$((sum + $(json .amount.amount)))
		shipped "$(json .id)"
	done
	assert_equal "$sum" 2651
}

@test "no more is shipped or cancelled than is open" {
	confirmed "$(lines A 2 500 B 1 500)" 2990
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"sku":"A","quantity":3}]}'
	assert_problem 409 order_line_not_open
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"sku":"C","quantity":1}]}'
	assert_problem 422 order_line_unknown
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"sku":"A","quantity":2}]}'
	assert_status 201
	local shipment
	shipment=$(json .id)
	staff POST "/v1/orders/$number/cancellations" -d '{"lines":[{"sku":"A","quantity":1}],"reason":"fraud"}'
	assert_problem 409 order_line_not_open
	TOKEN=$ANN api POST "/v1/orders/$number/cancellations" -d '{}'
	assert_problem 409 order_shipped
	staff POST "/v1/orders/$number/cancellations" -d '{"reason":"fraud","restock":false}'
	assert_status 201
	assert_json '.lines == [{"line":2,"quantity":1}] and .restock == false'
	staff POST "/v1/orders/$number/shipments" -d '{}'
	assert_problem 409 order_nothing_open
	local cancellation
	cancellation=$(sql "SELECT id FROM cancellation WHERE order_id = '$order'")
	# One after the other: the cancellation was asked for later.
	assert_equal "$(sql "SELECT count(*) FROM cancellation_claim(10, 0) WHERE \"order\" = '$order'")" 0
	shipped "$shipment"
	assert_equal "$(state "$order")" confirmed
	assert_equal "$(sql "SELECT count(*) FROM cancellation_claim(10, 60000) WHERE \"order\" = '$order'")" 1
	sql "SELECT order_settle_cancellations(json_build_array(json_build_object('id', '$cancellation', 'attempt', 1))::jsonb)" >/dev/null
	assert_equal "$(sql "SELECT status, fulfilment, units_shipped, units_cancelled FROM orders WHERE id = '$order'")" \
		'completed|shipped|2|1'
}

@test "what a refused shipment would have captured is captured by the next one" {
	confirmed "$(lines A 2 500)" 2490
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"sku":"A","quantity":1}]}'
	assert_json '.amount.amount == 1990'
	shipped "$(json .id)" refused
	assert_equal "$(sql "SELECT status, units_shipped FROM orders WHERE id = '$order'")" 'confirmed|0'
	staff POST "/v1/orders/$number/shipments" -d '{}'
	assert_json '.amount.amount == 2490'
}

@test "shipping is captured by the next shipment when the first one was refused" {
	confirmed "$(lines A 3 500)" 2990
	local first
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"sku":"A","quantity":1}]}'
	first=$(json .id)
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"sku":"A","quantity":1}]}'
	assert_json '.amount.amount == 500'
	shipped "$first" refused
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"sku":"A","quantity":1}]}'
	assert_json '.amount.amount == 1990'
}

@test "a line that is named by number and SKU is one line, not two" {
	confirmed "$(lines A 1 500 B 1 500)" 2490
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"line":1,"sku":"B","quantity":1}]}'
	assert_problem 422 order_line_unknown
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"quantity":1}]}'
	assert_problem 422 order_line_unknown
	staff POST "/v1/orders/$number/shipments" -d '{"lines":[{"line":2,"sku":"B","quantity":1}]}'
	assert_json '.lines == [{"line":2,"quantity":1}]'
}

@test "a customer's cancellation does not write pieces off" {
	confirmed "$(lines A 2 500)" 2490
	TOKEN=$ANN api POST "/v1/orders/$number/cancellations" \
		-d '{"lines":[{"sku":"A","quantity":1}],"restock":false}'
	assert_json '.restock == true'
	staff POST "/v1/orders/$number/cancellations" -d '{"restock":false}'
	assert_json '.restock == false'
}

@test "an order whose authorisation is gone does not ship" {
	confirmed "$(lines A 2 500)" 2490
	sql "UPDATE orders SET payment_status = 'failed' WHERE id = '$order'" >/dev/null
	staff POST "/v1/orders/$number/shipments" -d '{}'
	assert_problem 409 order_unpaid
	assert_equal "$(sql "SELECT count(*) FROM shipment WHERE order_id = '$order'")" 0
}

@test "the same shipment twice is one, a held order does not ship" {
	confirmed "$(lines A 2 500)" 2490
	staff POST "/v1/orders/$number/hold" -d '{"reason":"fraud_check"}'
	assert_json '.held and .hold_reason == "fraud_check"'
	staff POST "/v1/orders/$number/shipments" -d '{}'
	assert_problem 409 order_held
	staff POST "/v1/orders/$number/resume"
	assert_json '.held == false'
	local key first
	key=$(uuid)
	staff POST "/v1/orders/$number/shipments" -H "Idempotency-Key: $key" -d '{"lines":[{"line":1,"quantity":1}]}'
	first=$(json .id)
	staff POST "/v1/orders/$number/shipments" -H "Idempotency-Key: $key" -d '{"lines":[{"line":1,"quantity":1}]}'
	assert_status 201
	assert_json '.id == $id' --arg id "$first"
	assert_equal "$(sql "SELECT count(*) FROM shipment WHERE order_id = '$order'")" 1
	staff GET "/v1/orders/$number/timeline"
	assert_json '[.data[].kind] | contains(["held", "resumed", "shipment_requested"])'
}

@test "notes: staff see all, customers the public ones" {
	confirmed "$(lines A 1 1000)" 2490
	staff POST "/v1/orders/$number/notes" -d '{"text":"Secret"}'
	assert_status 201
	local location
	location=$(header location)
	staff POST "/v1/orders/$number/notes" -d '{"text":"Open","public":true}'
	TOKEN=$ANN api GET "/v1/orders/$number/timeline"
	assert_json '[.data[] | select(.kind == "note") | .data.text] == ["Open"]'
	assert_json '[.data[].actor] | unique == [null]'
	staff GET "/v1/orders/$number/timeline"
	assert_json '[.data[] | select(.kind == "note") | .data.text] == ["Secret", "Open"]'
	TOKEN=$ANN api GET "$location"
	assert_problem 404 not_found
}

@test "a count that finds less marks orders short, once" {
	confirmed "$(lines A 1 1000)" 2490
	sql "SELECT order_mark_short('{\"sku\":\"A\",\"location\":\"main\",\"orders\":[\"$order\"]}')" \
		"SELECT order_mark_short('{\"sku\":\"A\",\"location\":\"main\",\"orders\":[\"$order\"]}')" >/dev/null
	staff GET "/v1/orders?short=true"
	assert_json '[.data[].id] | contains([$id])' --arg id "$order"
	assert_equal "$(sql "SELECT version FROM orders WHERE id = '$order'")" 4
}

# --- reading ----------------------------------------------------------------------------------------

@test "lists: own orders, all for staff, filters, search, pages" {
	confirmed "$(lines NEEDLE 1 1000)" 2490
	local needle=$number
	place "$ANN" "$(lines A 1 1000)" 2490
	place "$ANN" "$(lines A 1 1000)" 2490
	place "$BOB" "$(lines A 1 1000)" 2490 '"email":"o.neil@example.com","name":"Conan O'"'"'Neil"'
	local bobs=$number
	TOKEN=$BOB api GET '/v1/orders?limit=200'
	assert_json '[.data[].email] | unique == ["ann@example.org", "o.neil@example.com"] or unique == ["o.neil@example.com"]'
	assert_json '[.data[].number] | contains([$n])' --arg n "$bobs"
	staff GET '/v1/orders?sku=NEEDLE'
	assert_json '[.data[].number] == [$n]' --arg n "$needle"
	local query
	for query in "q=o%27ne" 'q=conan' 'q=o.neil@' "q=$bobs" 'q=CONAN%20o' 'email=O.Neil@example.com'; do
		staff GET "/v1/orders?$query"
		assert_json '[.data[].number] == [$n]' --arg n "$bobs"
	done
	staff GET '/v1/orders?q=conan&sku=A&status=pending&payment=none&fulfilment=unfulfilled'
	assert_json '.data | length == 1'
	staff GET '/v1/orders?q=conan&status=confirmed'
	assert_json '.data == []'
	staff GET '/v1/orders?q=%20'
	assert_json '.data == []'
	staff GET "/v1/orders?since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z"
	assert_json '.data == []'
	staff GET '/v1/orders?limit=2'
	local all after
	all=$(json '[.data[].number] | join(" ")') after=$(json .next)
	staff GET "/v1/orders?limit=2&after=$after"
	assert_json '.data | length == 2'
	all+=" $(json '[.data[].number] | join(" ")')"
	staff GET '/v1/orders?limit=4'
	assert_equal "$all" "$(json '[.data[].number] | join(" ")')"
}

@test "what a search finds comes page by page, newest first" {
	local _ all='' query='q=paged%20buyer&limit=2'
	for _ in {1..5}; do
		place "$ANN" "$(lines A 1 1000)" 2490 '"name":"Paged Buyer"'
	done
	staff GET "/v1/orders?$query"
	while [ "$(json '.next // empty')" ]; do
		all+="$(json '.data[].number') "
		staff GET "/v1/orders?$query&after=$(json .next)"
	done
	all+=$(json '.data[].number')
	staff GET '/v1/orders?q=paged%20buyer&limit=200'
	assert_json '.data | length == 5'
	assert_equal "$(tr '\n' ' ' <<<"$all" | xargs)" "$(json '[.data[].number] | join(" ")')"
	staff GET '/v1/orders?limit=5'
	assert_equal "$(tr '\n' ' ' <<<"$all" | xargs)" "$(json '[.data[].number] | join(" ")')"
}

@test "stuck orders are found" {
	place "$ANN" "$(lines A 1 1000)" 2490
	sql "UPDATE orders SET created_at = now() - interval '2 minutes', last_error = 'away' WHERE id = '$order'" >/dev/null
	staff GET '/v1/orders?stuck=true'
	assert_json 'any(.data[]; .id == $id and .last_error == "away")' --arg id "$order"
}

@test "tracking needs number and address, and shows little" {
	confirmed "$(lines A 1 1000)" 2490
	api GET "/v1/order-tracking/$number?email=ann@example.org"
	assert_status 200
	assert_json 'keys == ["created_at", "fulfilment", "number", "shipments", "status"]'
	api GET "/v1/order-tracking/$number?email=eve@example.org"
	assert_problem 404 not_found
	api GET "/v1/order-tracking/1?email=ann@example.org"
	assert_problem 404 not_found
}

@test "history is append-only for the daemon" {
	run psql -X -q "$(pg_url orderd)" -c 'UPDATE order_event SET kind = kind'
	assert_contains "$output" 'permission denied'
	run psql -X -q "$(pg_url orderd)" -c 'DELETE FROM orders'
	assert_contains "$output" 'permission denied'
}

@test "the changes of all orders can be followed" {
	confirmed "$(lines A 1 1000)" 2490
	staff GET '/v1/order-events?limit=3'
	assert_json '[.data[].kind] == ["placed", "allocated", "confirmed"] and .data[0].number == $n' --arg n "$number"
	local last
	last=$(json '.data[1].id')
	staff GET "/v1/order-events?after_id=$last"
	assert_json '[.data[].kind] == ["confirmed"]'
}

# --- tax rates and shipping methods -------------------------------------------------------------------

@test "tax rates and shipping methods: made, changed by version, removed" {
	staff POST /v1/tax-rates -d '{"country":"PT","name":"IVA","rate_ppm":230000,"inclusive":true}'
	assert_status 201
	assert_json '.code == "PT" and .version == 1'
	staff POST /v1/tax-rates -d '{"country":"PT","name":"IVA","rate_ppm":230000,"inclusive":true}'
	assert_problem 409 tax_rate_taken
	staff PATCH /v1/tax-rates/PT -H 'If-Match: "1"' -d '{"rate_ppm":220000}'
	assert_json '.rate_ppm == 220000 and .version == 2'
	staff PATCH /v1/tax-rates/PT -H 'If-Match: "1"' -d '{"rate_ppm":1}'
	assert_problem 412 precondition_failed
	staff DELETE /v1/tax-rates/PT -H 'If-Match: "1"'
	assert_problem 412 precondition_failed
	staff DELETE /v1/tax-rates/PT -H 'If-Match: "2"'
	assert_status 204
	staff GET /v1/tax-rates/PT
	assert_problem 404 not_found
	staff POST /v1/shipping-methods -d '{"code":"pickup","name":"Pick-up","price":{"amount":0,"currency":"EUR"},"countries":["DE","AT","DE"]}'
	assert_status 201
	assert_json '.countries == ["AT","DE"] and .free_above == null'
	staff PATCH /v1/shipping-methods/pickup -H 'If-Match: "1"' -d '{"free_above":100,"active":false}'
	assert_json '.free_above == 100 and .active == false'
	staff PATCH /v1/shipping-methods/pickup -H 'If-Match: "2"' -d '{"free_above":null,"countries":[]}'
	assert_json '.free_above == null and .countries == []'
	staff GET /v1/shipping-methods
	assert_json '[.data[].code] | contains(["express", "pickup", "standard"])'
	staff DELETE /v1/shipping-methods/pickup -H 'If-Match: "3"'
	assert_status 204
	TOKEN=$ANN FRONTEND=admin api GET /v1/tax-rates
	assert_problem 403 insufficient_scope
}
