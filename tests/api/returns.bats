#!/usr/bin/env bats
# Returns in orderd and catalogd. Without workers: what other services would answer is settled by hand.
load ../lib

setup_file() {
	pg_start orderd catalogd
	nats_start
	daemon_start catalogd
	daemon_start orderd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
	ANN=$(token_for '' 00000000-0000-7000-8000-00000000a001)
	BOB=$(token_for '' 00000000-0000-7000-8000-00000000b001)
	STAFF=$(token_for 'orders:read orders:write refunds:write' 00000000-0000-7000-8000-00000000c001)
	export ANN BOB STAFF
}

sql() {
	pg_sql orderd "$@"
}

uuid() {
	cat /proc/sys/kernel/random/uuid
}

staff() {
	TOKEN=$STAFF FRONTEND=admin api "$@"
}

# ordered [LINES TOTAL [MEMBERS]]: a paid order of ANN, by default 3 of A for 10.00 and 1 of B for 5.00 with
# express; sets $order $number
ordered() {
	local lines=${1:-'[{"sku":"A","quantity":3,"price":{"amount":1000,"currency":"EUR"}},
		{"sku":"B","quantity":1,"price":{"amount":500,"currency":"EUR"}}]'}
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $(uuid)" -d "$(jq -n -c --arg cart "$(uuid)" \
		--argjson lines "$lines" --argjson total "${2:-4990}" --argjson more "{${3:-}}" '{$cart, cart_version: 1,
		$lines, total: {amount: $total, currency: "EUR"}, email: "ann@example.org", name: "Ann",
		shipping_method: "express", payment_token: "tok_success", shipping_address: {name: "Ann",
		line1: "Main Street 1", city: "Berlin", country: "DE"}} + $more')"
	assert_status 202
	order=$(json .id) number=$(json .number)
	paid_for
}

# What the workers do with the answers of the others.
paid_for() {
	sql "UPDATE orders SET status = 'confirmed', step = NULL, due_at = NULL, payment_token = NULL,
		payment_status = 'authorized', payment_version = 1, authorized_amount = total_amount
		WHERE id = '$order'" >/dev/null
}

# shipped [BODY]: everything, or what the body says; and its part of the money is taken.
shipped() {
	staff POST "/v1/orders/$order/shipments" -d "${1:-{\}}"
	assert_status 201
	sql "SELECT count(*) FROM shipment_claim(500, 0)" >/dev/null
	sql "SELECT order_settle_shipments(json_build_array(json_build_object('id', id, 'attempt', attempt,
		'outcome', 'shipped', 'capture', 'pending'))::jsonb) FROM shipment WHERE id = '$(json .id)'" >/dev/null
	sql "UPDATE orders o SET captured_amount = (SELECT sum(amount) FROM shipment WHERE order_id = o.id
		AND status = 'shipped') WHERE id = '$order'" >/dev/null
}

# asked TOKEN BODY: sets $return $name $version
asked() {
	TOKEN=$1 api POST "/v1/orders/$number/returns" -d "$2"
	return=$(json .id) name=$(json .number) version=$(json .version)
}

# act VERB BODY: at the version that was seen last
act() {
	staff POST "/v1/returns/$name/$1" -H "If-Match: \"$version\"" -d "$2"
	[ "$http_status" != 200 ] || version=$(json .version)
}

approved() { # BODY
	asked "$ANN" "$1"
	assert_status 201
	act approve '{}'
	assert_status 200
}

restocked() {
	sql "SELECT lines FROM return_claim_restocks(500, 0) WHERE id = '$return'" | jq -c .
	sql "SELECT return_settle_restocks(json_build_array(json_build_object('id', id, 'attempt', attempt))::jsonb)
		FROM order_return WHERE id = '$return'" >/dev/null
	version=$(sql "SELECT version FROM order_return WHERE id = '$return'")
}

# answered STATUS [FAILURE]: of the refund that is in work
answered() {
	sql "SELECT count(*) FROM return_claim_refunds(500, 0)" >/dev/null
	sql "SELECT return_settle_refunds(json_build_array(json_build_object('id', id, 'attempt', attempt,
		'status', '$1', 'failure', nullif('${2:-}', '')))::jsonb) FROM order_return_refund
		WHERE return_id = '$return' AND due_at IS NOT NULL" >/dev/null
	version=$(sql "SELECT version FROM order_return WHERE id = '$return'")
}

quoted() { # SKU PRICE [CURRENCY]
	sql "SELECT return_store_quotes('[\"$1\"]', '[{\"sku\":\"$1\",\"status\":\"active\",\"hidden\":false,
		\"price\":{\"amount\":$2,\"currency\":\"${3:-EUR}\"}}]')" >/dev/null
}

# --- asking -----------------------------------------------------------------------------------------

@test "a customer asks for a part, staff for the rest; more than was shipped is refused" {
	ordered
	asked "$ANN" '{"reason":"regret"}'
	assert_problem 409 return_nothing_open
	shipped '{"lines":[{"sku":"A","quantity":2}]}'
	asked "$ANN" '{"reason":"regret","lines":[{"sku":"A","quantity":3}]}'
	assert_problem 409 return_too_much
	asked "$ANN" '{"reason":"regret","lines":[{"sku":"Z","quantity":1}]}'
	assert_problem 422 order_line_unknown
	asked "$ANN" '{"reason":"regret","note":"too blue","lines":[{"sku":"A","quantity":1,"reason":"broken"}]}'
	assert_status 201
	assert_header location "^/v1/returns/$return\$"
	assert_json '.status == "requested" and .kind == "refund" and (.number | test("^R1[0-9]{5}$"))
		and .note == "too blue" and .worth == null and .refund == null
		and (.lines | length == 1 and .[0].reason == "broken" and .[0].quantity == 1)'
	assert_equal "$(sql "SELECT subject, version, body->>'status', body->>'order_number' FROM outbox
		WHERE aggregate_id = '$return'")" "orders.return.requested|1|requested|$number"
	assert_equal "$(sql "SELECT body::text ~ 'blue' FROM outbox WHERE aggregate_id = '$return'")" f
	asked "$ANN" '{"reason":"regret","lines":[{"sku":"A","quantity":2}]}'
	assert_problem 409 return_too_much
	staff POST "/v1/orders/$number/returns" -d '{"reason":"regret"}'
	assert_json '[.lines[] | {sku, quantity}] == [{"sku":"A","quantity":1}]'
	TOKEN=$ANN api GET "/v1/orders/$number"
	assert_json '[.returns[].status] == ["requested", "requested"] and .returns[0].lines[0].quantity == 1'
	TOKEN=$ANN api GET "/v1/orders/$number/timeline"
	assert_json '[.data[].kind] | contains(["return_requested"])'
}

@test "the window is the customer's, not the shop's" {
	ordered
	shipped
	sql "UPDATE shipment SET shipped_at = now() - interval '31 days' WHERE order_id = '$order'" >/dev/null
	asked "$ANN" '{"reason":"regret","lines":[{"sku":"A","quantity":1}]}'
	assert_problem 409 return_too_late
	asked "$ANN" '{"reason":"regret"}'
	assert_problem 409 return_nothing_open
	staff POST "/v1/orders/$number/returns" -d '{"reason":"goodwill"}'
	assert_status 201
}

@test "64 ask at once for the 3 pieces there are: 3 get a return" {
	ordered '[{"sku":"A","quantity":3,"price":{"amount":1000,"currency":"EUR"}}]' 4490
	shipped
	local i pids=() folder=$BATS_TEST_TMPDIR
	for i in {1..64}; do
		(asked "$ANN" '{"reason":"regret","lines":[{"line":1,"quantity":1}]}'
		echo "$http_status" >"$folder/$i") &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(cat "$folder"/[0-9]* | sort | uniq -c | awk '{ print $1, $2 }')" \
		"$(printf '3 201\n61 409')"
	assert_equal "$(sql "SELECT count(*), sum(quantity) FROM order_return r JOIN order_return_line ON return_id = r.id
		WHERE order_id = '$order'")" '3|3'
}

@test "the same request twice is one return" {
	ordered
	shipped
	local key first
	key=$(uuid)
	for _ in 1 2; do
		TOKEN=$ANN api POST "/v1/orders/$number/returns" -H "Idempotency-Key: $key" \
			-d '{"reason":"regret","lines":[{"line":1,"quantity":1}]}'
		assert_status 201
		first=${first:-$(json .id)}
		assert_json '.id == $id' --arg id "$first"
	done
	assert_equal "$(sql "SELECT count(*) FROM order_return WHERE order_id = '$order'")" 1
}

@test "a return is its owner's and staff's" {
	ordered
	shipped
	asked "$BOB" '{"reason":"regret"}'
	assert_problem 404 not_found
	asked "$ANN" '{"reason":"regret"}'
	local path
	for path in "/v1/returns/$name" "/v1/returns/${name,,}" "/v1/returns/$return"; do
		TOKEN=$ANN api GET "$path"
		assert_status 200
		assert_header etag '^"1"$'
		TOKEN=$BOB api GET "$path"
		assert_problem 404 not_found
		staff GET "$path"
		assert_status 200
	done
	TOKEN=$BOB api POST "/v1/returns/$name/cancel" -H 'If-Match: "1"'
	assert_problem 404 not_found
	TOKEN=$BOB api GET '/v1/returns?limit=200'
	assert_json '.data == []'
	TOKEN=$ANN api GET "/v1/returns?order=$number"
	assert_json '[.data[].number] == [$n] and .data[0].pieces == 4' --arg n "$name"
	TOKEN=$BOB api GET "/v1/returns?order=$number"
	assert_json '.data == []'
	TOKEN=$ANN FRONTEND=admin api POST "/v1/returns/$name/approve" -H 'If-Match: "1"' -d '{}'
	assert_problem 403 insufficient_scope
}

@test "lists are filtered and paged" {
	ordered
	shipped
	local i names=[]
	for i in 1 2 3; do
		asked "$ANN" '{"reason":"regret","lines":[{"line":1,"quantity":1}]}'
		names=$(jq -c --arg name "$name" '[$name] + .' <<<"$names")
	done
	act decline '{"resolution":"worn"}'
	staff GET "/v1/returns?order=$number&limit=2"
	assert_json '[.data[].number] == $names[0:2] and .next != null' --argjson names "$names"
	staff GET "/v1/returns?order=$number&limit=2&after=$(json .next)"
	assert_json '[.data[].number] == $names[2:3] and .next == null' --argjson names "$names"
	staff GET "/v1/returns?order=$number&status=declined"
	assert_json '[.data[].number] == $names[0:1]' --argjson names "$names"
	staff GET "/v1/returns?order=$number&kind=exchange"
	assert_json '.data == []'
}

# --- deciding and counting ----------------------------------------------------------------------------

@test "approved, declined, cancelled: from where it may be, by who may, at the version that was seen" {
	ordered
	shipped
	asked "$ANN" '{"reason":"regret","lines":[{"line":1,"quantity":1}]}'
	staff POST "/v1/returns/$name/approve" -d '{}'
	assert_status 428
	staff POST "/v1/returns/$name/approve" -H 'If-Match: "9"' -d '{}'
	assert_problem 412 return_changed
	act receive '{}'
	assert_problem 409 return_not_open
	act approve '{"resolution":"Send it to us"}'
	assert_json '.status == "approved" and .resolution == "Send it to us" and .version == 2'
	assert_header etag '^"2"$'
	act decline '{"resolution":"no"}'
	assert_problem 409 return_not_open
	TOKEN=$ANN api POST "/v1/returns/$name/cancel" -H 'If-Match: "2"'
	assert_json '.status == "cancelled"'
	version=3
	act approve '{}'
	assert_problem 409 return_not_open
	asked "$ANN" '{"reason":"regret","lines":[{"line":1,"quantity":3}]}'
	act decline '{}'
	assert_status 422
	act decline '{"resolution":"worn"}'
	assert_json '.status == "declined"'
	act cancel ''
	assert_problem 409 return_not_open
	asked "$ANN" '{"reason":"regret","lines":[{"line":1,"quantity":3}]}'
	assert_status 201
	assert_equal "$(sql "SELECT string_agg(kind, ' ' ORDER BY version) FROM order_event
		WHERE order_id = '$order' AND kind LIKE 'return%'")" \
		'return_requested return_approved return_cancelled return_requested return_declined return_requested'
}

@test "received as announced: all of it goes back, and is worth all that was charged" {
	ordered
	shipped
	approved '{"reason":"regret"}'
	act receive '{}'
	assert_json '.status == "received" and .worth.amount == 3500
		and [.lines[] | [.received, .resellable, .refused, .missing, .amount.amount]] == [[3,3,0,0,3000],[1,1,0,0,500]]'
	assert_equal "$(restocked)" \
		'[{"line":1,"sku":"A","quantity":3},{"line":2,"sku":"B","quantity":1}]'
	staff GET "/v1/returns/$name"
	assert_json '.restocked_at != null and .version == 4'
	version=4
	act receive '{}'
	assert_problem 409 return_not_open
	assert_equal "$(sql "SELECT subject, body->'amount'->>'amount' FROM outbox WHERE aggregate_id = '$return'
		ORDER BY version DESC LIMIT 1")" 'orders.return.received|3500'
}

@test "counted: part broken, part refused, part missing; the missing can be asked for again" {
	ordered '[{"sku":"A","quantity":6,"price":{"amount":1000,"currency":"EUR"}}]' 7490
	shipped
	approved '{"reason":"regret","lines":[{"line":1,"quantity":5}]}'
	act receive '{"lines":[{"sku":"A","quantity":4,"refused":2}]}'
	assert_problem 409 return_received_too_much
	act receive '{"lines":[{"sku":"A","quantity":2,"resellable":3}]}'
	assert_problem 422 return_line_resellable
	act receive '{"lines":[{"sku":"B","quantity":2}]}'
	assert_problem 422 return_line_unknown
	act receive '{"lines":[{"line":1,"quantity":3,"resellable":1,"refused":1}]}'
	assert_json '.lines[0] | .received == 3 and .resellable == 1 and .refused == 1 and .missing == 1'
	assert_equal "$(restocked)" '[{"line":1,"sku":"A","quantity":1}]'
	asked "$ANN" '{"reason":"regret","lines":[{"line":1,"quantity":3}]}'
	assert_problem 409 return_too_much
	asked "$ANN" '{"reason":"regret","lines":[{"line":1,"quantity":2}]}'
	assert_status 201
}

@test "what cannot be sold again enters no stock" {
	ordered
	shipped
	approved '{"reason":"broken"}'
	act receive '{"lines":[{"sku":"A","resellable":0},{"sku":"B","resellable":0}]}'
	assert_json '.worth.amount == 3500 and [.lines[].received] == [3, 1]'
	assert_equal "$(sql "SELECT count(*) FROM return_claim_restocks(500, 0) WHERE id = '$return'")" 0
}

@test "pieces one by one are together worth what was charged, to the cent" {
	# 7 for 10.00 with 7.25 % on it: 10.725, rounded per line.
	ordered '[{"sku":"A","quantity":7,"price":{"amount":143,"currency":"EUR"}}]' 2672 \
		'"shipping_address":{"name":"Ann","line1":"Main Street 1","city":"LA","region":"CA","country":"US"}'
	shipped '{"lines":[{"line":1,"quantity":3}]}'
	local i charged
	for i in 1 2; do
		approved '{"reason":"regret","lines":[{"line":1,"quantity":1}]}'
		act receive '{}'
	done
	shipped
	for i in 3 4 5 6 7; do
		approved '{"reason":"regret","lines":[{"line":1,"quantity":1}]}'
		act receive '{}'
	done
	charged=$(sql "SELECT sum(x.amount) FROM shipment_line x JOIN shipment s ON s.id = x.shipment_id
		WHERE s.order_id = '$order'")
	assert_equal "$charged" "$(sql "SELECT total_amount FROM order_line WHERE order_id = '$order'")"
	assert_equal "$(sql "SELECT sum(worth) FROM order_return WHERE order_id = '$order'")" "$charged"
}

# --- refunds ------------------------------------------------------------------------------------------

@test "the refund is what was paid, asked for once with its own id, and ends the return" {
	ordered
	shipped
	approved '{"reason":"regret"}'
	act refund '{}'
	assert_problem 409 return_not_received
	act receive '{}'
	restocked
	staff GET "/v1/returns/$name/refund-preview"
	assert_json '.possible and .amount.amount == 3500 and .refundable.amount == 4990'
	act refund '{}'
	assert_json '.status == "received" and .refund.status == "asked" and .refund.amount.amount == 3500'
	act refund '{}'
	assert_problem 409 return_refund_once
	local first
	first=$(sql "SELECT id, amount, payment = (SELECT payment_id FROM orders WHERE id = '$order'),
		of_return, scopes::text ~ 'refunds:write' FROM return_claim_refunds(500, 0) WHERE of_return = '$return'")
	# In one transaction, for which no time passes.
	assert_equal "$(sql "BEGIN; SELECT FROM return_settle_refunds((SELECT json_agg(json_build_object('id', id,
			'attempt', attempt, 'status', 'pending'))::jsonb FROM order_return_refund
			WHERE return_id = '$return' AND due_at IS NOT NULL));
		SELECT id FROM return_claim_refunds(500, 0) WHERE of_return = '$return'; COMMIT")" ''
	sql "UPDATE order_return_refund SET due_at = now() WHERE return_id = '$return'" >/dev/null
	assert_equal "$(sql "SELECT id, amount, true, of_return, scopes::text ~ 'refunds:write'
		FROM return_claim_refunds(500, 0) WHERE of_return = '$return'")" "$first"
	local event
	event="[{\"data\":{\"refund\":\"${first%%|*}\",\"status\":\"succeeded\",\"failure\":null,\"version\":3}}]"
	sql "SELECT return_take_refunds('$event')" "SELECT return_take_refunds('$event')" >/dev/null
	staff GET "/v1/returns/$name"
	assert_json '.status == "refunded" and .refund.status == "succeeded"'
	assert_equal "$(sql "SELECT count(*) FROM outbox WHERE aggregate_id = '$return'
		AND subject = 'orders.return.refunded'")" 1
	answered pending
	assert_equal "$(sql "SELECT status FROM order_return WHERE id = '$return'")" refunded
}

@test "a refund that fails is shown and tried again with another id; a late failure opens the return again" {
	ordered
	shipped
	approved '{"reason":"regret"}'
	act receive '{}'
	act refund '{"fee":500,"shipping":true}'
	assert_json '.refund | .amount.amount == 3500 - 500 + 1490 and .shipping.amount == 1490 and .fee.amount == 500'
	answered failed refund_exceeds_captured
	staff GET "/v1/returns/$name"
	assert_json '.status == "received" and .refund.status == "failed" and .refund.failure == "refund_exceeds_captured"'
	TOKEN=$ANN api GET "/v1/returns/$name"
	assert_json '.refund.status == "failed" and .refund.failure == null'
	act refund '{"amount":4991}'
	assert_problem 409 return_refund_too_much
	act refund '{"fee":3500}'
	assert_problem 409 return_nothing_to_refund
	act refund '{"amount":100}'
	assert_status 200
	answered succeeded
	assert_equal "$(sql "SELECT count(DISTINCT id), max(status) FROM order_return_refund
		WHERE return_id = '$return'")" '2|succeeded'
	sql "SELECT return_take_refund(id, 'failed', 'account_closed') FROM order_return_refund
		WHERE return_id = '$return' AND status = 'succeeded'" >/dev/null
	staff GET "/v1/returns/$name"
	assert_json '.status == "received" and .refund.failure == "account_closed"'
}

@test "a refund that needs approval waits for it; an answer that is not known is asked for again" {
	ordered
	shipped
	approved '{"reason":"regret"}'
	act receive '{}'
	act refund '{}'
	sql "SELECT count(*) FROM return_claim_refunds(500, 0)" \
		"SELECT return_settle_refunds(json_build_array(json_build_object('id', id, 'attempt', attempt,
		'why', 'paymentd is away'))::jsonb) FROM order_return_refund WHERE return_id = '$return'" >/dev/null
	staff GET "/v1/returns/$name"
	assert_json '.refund.status == "asked" and .refund.last_error == "paymentd is away"'
	sql "UPDATE order_return_refund SET due_at = now() WHERE return_id = '$return'" >/dev/null
	answered requested
	staff GET "/v1/returns/$name"
	assert_json '.refund.status == "requested" and .refund.last_error == null'
	sql "SELECT return_take_refund(id, 'rejected', NULL) FROM order_return_refund WHERE return_id = '$return'" >/dev/null
	staff GET "/v1/returns/$name"
	assert_json '.status == "received" and .refund.status == "rejected"'
}

@test "a refund that is under way is not there for another return" {
	local first status
	ordered
	shipped
	approved '{"reason":"regret","lines":[{"sku":"A","quantity":2}]}'
	act receive '{}'
	act refund '{"amount":4000}'
	first=$return
	approved '{"reason":"regret","lines":[{"sku":"A","quantity":1}]}'
	act receive '{}'
	for status in asked requested pending; do
		return=$first answered "$status"
		staff GET "/v1/returns/$name/refund-preview"
		assert_json '.reason == "return_refund_too_much" and .refundable.amount == 990'
	done
}

@test "16 refunds of a return at once are one" {
	ordered
	shipped
	approved '{"reason":"regret"}'
	act receive '{"lines":[{"sku":"A","resellable":0},{"sku":"B","resellable":0}]}'
	local i pids=()
	for i in {1..16}; do
		(act refund '{}') &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(sql "SELECT count(*) FROM order_return_refund WHERE return_id = '$return'")" 1
}

# --- exchanges ----------------------------------------------------------------------------------------

@test "an exchange orders the replacements for nothing when the goods are back" {
	ordered
	shipped
	quoted BIG 900
	quoted A 1200
	asked "$ANN" '{"reason":"wrong_size","lines":[{"sku":"A","quantity":2}],"exchange":[{"sku":"BIG","quantity":1},{"sku":"A","quantity":1}]}'
	assert_status 201
	assert_json '.kind == "exchange" and .exchange_order == null
		and [.exchange[] | [.sku, .worth.amount]] == [["A", 1000], ["BIG", 900]]'
	act approve '{}'
	act receive '{}'
	assert_json '.exchange_status == "pending" and .worth.amount == 2000'
	local other
	other=$(json .exchange_order)
	act refund '{}'
	assert_problem 409 return_exchange_pending
	TOKEN=$ANN api GET "/v1/orders/$other"
	assert_json '.kind == "exchange" and .origin == $id and .total.amount == 0 and .cart == null
		and .email == "ann@example.org" and [.lines[] | [.sku, .price.amount, .discount.amount]]
		== [["A", 1000, 1000], ["BIG", 900, 900]]' --arg id "$return"
	local first=$order
	order=$(json .id) number=$other
	paid_for
	staff GET "/v1/returns/$name/refund-preview"
	assert_json '.possible and .exchanged.amount == 1900 and .amount.amount == 100'
	# What was exchanged can be sent back too: it is worth what came back for it, of the first payment.
	shipped
	approved '{"reason":"regret","lines":[{"sku":"BIG","quantity":1}]}'
	act receive '{}'
	assert_json '.worth.amount == 900'
	act refund '{}'
	assert_json '.refund.amount.amount == 900'
	assert_equal "$(sql "SELECT payment = (SELECT payment_id FROM orders WHERE id = '$first')
		FROM return_claim_refunds(500, 0) WHERE of_return = '$return'")" t
}

@test "replacements that cost more, or are not sold, are refused" {
	ordered
	shipped
	quoted DEAR 1001
	quoted FOREIGN 1 USD
	sql "SELECT return_store_quotes('[\"NOPE\"]', '[]')" >/dev/null
	local body='{"reason":"wrong_size","lines":[{"sku":"A","quantity":1}],"exchange":[{"sku":"%","quantity":1}]}'
	asked "$ANN" "${body/\%/DEAR}"
	assert_problem 409 return_exchange_dearer
	asked "$ANN" "${body/\%/FOREIGN}"
	assert_problem 422 return_exchange_unavailable
	asked "$ANN" "${body/\%/NOPE}"
	assert_problem 422 return_exchange_unavailable
	# Nobody answers here what it costs.
	asked "$ANN" "${body/\%/NEW}"
	assert_problem 503 unavailable
	assert_equal "$(sql "SELECT count(*) FROM order_return WHERE order_id = '$order'")" 0
	quoted FAIR 1000
	approved "${body/\%/FAIR}"
	act receive '{"lines":[{"sku":"A","quantity":0}]}'
	assert_problem 409 return_exchange_dearer
	act receive '{"exchange":false}'
	assert_json '.exchange_order == null and .worth.amount == 1000'
	act refund '{}'
	assert_json '.refund.amount.amount == 1000'
}

@test "in advance: replacements are ordered at the approval, and keep the return from being cancelled" {
	ordered
	shipped
	quoted FAIR 400
	asked "$ANN" '{"reason":"broken","lines":[{"sku":"A","quantity":1}],"exchange":[{"sku":"FAIR","quantity":2}]}'
	act approve '{"advance":true}'
	assert_json '.exchange_order != null'
	act cancel ''
	assert_problem 409 return_exchange_open
	local other=$order
	order=$(sql "SELECT exchange_order FROM order_return WHERE id = '$return'")
	paid_for
	act receive '{}'
	assert_json '.exchange_order != null'
	assert_equal "$(sql "SELECT count(*) FROM orders WHERE origin = '$return'")" 1
	staff GET "/v1/returns/$name/refund-preview"
	assert_json '.amount.amount == 200'
	sql "UPDATE order_line SET cancelled = 1 WHERE order_id = '$order'" >/dev/null
	staff GET "/v1/returns/$name/refund-preview"
	assert_json '.amount.amount == 600'
	order=$other
	asked "$ANN" '{"reason":"broken","lines":[{"sku":"A","quantity":1}]}'
	act approve '{"advance":true}'
	assert_problem 409 return_no_exchange
}

@test "in advance: a return whose replacements were rejected can be called off, and still names their order" {
	ordered
	shipped
	quoted FAIR 400
	asked "$ANN" '{"reason":"broken","lines":[{"sku":"A","quantity":1}],"exchange":[{"sku":"FAIR","quantity":2}]}'
	act approve '{"advance":true}'
	local other
	other=$(json .exchange_order)
	sql "UPDATE orders SET status = 'rejected', step = NULL, due_at = NULL
		WHERE id = (SELECT exchange_order FROM order_return WHERE id = '$return')" >/dev/null
	act cancel ''
	assert_status 200
	assert_json '.status == "cancelled" and .exchange_order == $other' --arg other "$other"
}

@test "pieces of the same kind are not refused for what rounding adds" {
	local more
	for more in 2 1; do
		ordered
		shipped
		quoted A 1000
		approved '{"reason":"wrong_size","lines":[{"sku":"A","quantity":3}],"exchange":[{"sku":"A","quantity":3}]}'
		sql "UPDATE order_return_exchange SET worth = worth + $more WHERE return_id = '$return'" >/dev/null
		act receive '{}'
		[ "$more" = 1 ] || assert_problem 409 return_exchange_dearer
	done
	assert_status 200
	assert_json '.exchange_order != null'
}

@test "in advance: what was sent for goods that never came is worth nothing until they come" {
	ordered
	shipped
	quoted FAIR 400
	asked "$ANN" '{"reason":"broken","lines":[{"sku":"A","quantity":2}],"exchange":[{"sku":"FAIR","quantity":2}]}'
	act approve '{"advance":true}'
	local first=$name seen=$version
	order=$(sql "SELECT exchange_order FROM order_return WHERE id = '$return'")
	number=$(sql "SELECT number FROM orders WHERE id = '$order'")
	paid_for
	shipped
	approved '{"reason":"regret","lines":[{"sku":"FAIR","quantity":1}]}'
	act receive '{}'
	assert_json '.worth.amount == 400'
	staff GET "/v1/returns/$name/refund-preview"
	assert_json '.possible == false and .reason == "return_nothing_to_refund" and .exchanged.amount == 800'
	act refund '{}'
	assert_problem 409 return_nothing_to_refund
	# One of the two came: it is worth 1000, and 800 went into the replacements.
	staff POST "/v1/returns/$first/receive" -H "If-Match: \"$seen\"" -d '{"lines":[{"sku":"A","quantity":1}]}'
	assert_status 200
	staff GET "/v1/returns/$first/refund-preview"
	assert_json '.amount.amount == 200'
	staff GET "/v1/returns/$name/refund-preview"
	assert_json '.possible and .exchanged.amount == 0 and .amount.amount == 400'
}

@test "in advance: what is missing of the goods is taken off once from what comes back of the replacements" {
	ordered
	shipped
	quoted DEAR 900
	asked "$ANN" '{"reason":"broken","lines":[{"sku":"A","quantity":2}],"exchange":[{"sku":"DEAR","quantity":2}]}'
	act approve '{"advance":true}'
	act receive '{"lines":[{"sku":"A","quantity":1}]}'
	order=$(sql "SELECT exchange_order FROM order_return WHERE id = '$return'")
	number=$(sql "SELECT number FROM orders WHERE id = '$order'")
	paid_for
	shipped
	approved '{"reason":"regret","lines":[{"sku":"DEAR","quantity":1}]}'
	act receive '{}'
	staff GET "/v1/returns/$name/refund-preview"
	assert_json '.worth.amount == 900 and .exchanged.amount == 800 and .amount.amount == 100'
	approved '{"reason":"regret","lines":[{"sku":"DEAR","quantity":1}]}'
	act receive '{}'
	staff GET "/v1/returns/$name/refund-preview"
	assert_json '.worth.amount == 900 and .exchanged.amount == 0 and .amount.amount == 900'
}

# --- the stock ----------------------------------------------------------------------------------------

stock() { # METHOD PATH [curl arguments]
	SERVICE=catalogd INSTANCE=catalogd-1 TOKEN=$(token_for \
		'catalog:read catalog:write stock:read stock:write stock:allocate' somebody "${AUDIENCE:-ecom}") api "$@"
}

peer() {
	AUDIENCE=internal FRONTEND=internal stock "$@"
}

@test "what is sent back goes where it came from, once per return" {
	local allocated back lines
	FRONTEND=admin stock POST /v1/locations -d '{"code":"outlet","name":"Outlet","position":5}'
	for sku in BACK LOOSE; do
		FRONTEND=admin stock POST /v1/products -d "{\"sku\":\"$sku\",\"name\":\"Thing\",\"status\":\"active\",
			\"price\":{\"amount\":1999,\"currency\":\"EUR\"},\"stock\":null}"
		assert_status 201
	done
	FRONTEND=admin stock POST /v1/stock/BACK/receive -d '{"location":"outlet","quantity":5}'
	allocated=$(uuid) back=$(uuid)
	lines=$(jq -n -c '[{line: 1, sku: "BACK", quantity: 2}, {line: 2, sku: "LOOSE", quantity: 1}]')
	peer POST /v1/allocations -d "{\"orders\":[{\"order\":\"$allocated\",\"lines\":$lines}]}"
	assert_json '.data[0].status == "allocated"'
	peer POST /v1/stock-shipments -d "{\"shipments\":[{\"id\":\"$(uuid)\",\"order\":\"$allocated\",
		\"lines\":[{\"line\":1,\"quantity\":2},{\"line\":2,\"quantity\":1}]}]}"
	assert_json '.data[0].status == "shipped"'
	for _ in 1 2; do
		peer POST /v1/stock-returns -d "{\"returns\":[{\"id\":\"$back\",\"order\":\"$allocated\",\"lines\":$lines}]}"
		assert_status 200
		assert_json '.data == [{"id":$id,"status":"received"}]' --arg id "$back"
	done
	assert_equal "$(pg_sql catalogd "SELECT sku, location, kind, quantity, on_hand, cause_type, cause_id, order_id
		FROM stock_movement WHERE cause_type = 'return'")" \
		"BACK|outlet|received|2|5|return|$back|$allocated"
	FRONTEND=admin stock GET /v1/stock-verification
	assert_json '.differences == [] or .data == []'
	FRONTEND=admin stock GET "/v1/stock-movements?order=$allocated&cause=return"
	assert_json '.data | length == 1'
}
