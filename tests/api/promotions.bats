#!/usr/bin/env bats
# Promotions of orderd: which apply and why not, how much and off which line, the limits of uses, coupons,
# categories. Without workers: what they would do is done by hand.
load ../lib

setup_file() {
	pg_start orderd
	nats_start
	daemon_start orderd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
	ANN=$(token_for '' 00000000-0000-7000-8000-00000000a001)
	BOB=$(token_for '' 00000000-0000-7000-8000-00000000b001)
	GUEST=$(token_for '' guest:00000000-0000-7000-8000-00000000d001)
	STAFF=$(token_for 'orders:read promotions:read promotions:write' 00000000-0000-7000-8000-00000000c001)
	export ANN BOB GUEST STAFF
}

setup() {
	sql "DELETE FROM promotion_redemption; DELETE FROM order_discount; DELETE FROM promotion;
		DELETE FROM product_category" >/dev/null
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

# promo CODE KIND [OTHER MEMBERS]
promo() {
	staff POST /v1/promotions -d "{\"code\":\"$1\",\"name\":\"The $1\",\"kind\":\"$2\"${3:+,$3}}"
	assert_status 201
}

# lines SKU QUANTITY PRICE [SKU QUANTITY PRICE…], in EUR
lines() {
	jq -n -c '[$ARGS.positional | _nwise(3) |
		{sku: .[0], quantity: (.[1] | tonumber), price: {amount: (.[2] | tonumber), currency: "EUR"}}]' \
		--args "$@"
}

# preview LINES [OTHER MEMBERS]: as Ann, standard shipping to Germany
preview() {
	TOKEN=${TOKEN-$ANN} api POST /v1/order-previews -d "{\"lines\":$1,\"shipping_method\":\"standard\",
		\"shipping_address\":{\"country\":\"DE\"}${2:+,$2}}"
	assert_status 200
}

# explain LINES [OTHER MEMBERS]: PROMOTION=APPLIES or reason, in order
explain() {
	staff POST /v1/promotion-explanations -d "$(jq -n -c --argjson lines "$1" --argjson more "{${2:-}}" \
		'{$lines, owner: "ann", country: "DE"} + $more')"
	assert_status 200
	jq -r '[.data[] | "\(.promotion)=\(if .applies then .amount.amount else .reason end)"] | join(" ")' \
		<<<"$http_body"
}

order_body() { # LINES TOTAL [OTHER MEMBERS]
	jq -n -c --arg cart "$(uuid)" --argjson lines "$1" --argjson total "$2" --argjson more "{${3:-}}" '{$cart,
		cart_version: 1, $lines, total: {amount: $total, currency: "EUR"}, email: "Ann@Example.org",
		name: "Ann Smith", shipping_method: "standard", payment_token: "tok_success",
		shipping_address: {name: "Ann", line1: "Main Street 1", city: "Berlin", country: "DE"}} + $more'
}

# place TOKEN LINES TOTAL [OTHER MEMBERS]: sets $order
place() {
	TOKEN=$1 api POST /v1/orders -H "Idempotency-Key: $(uuid)" -d "$(order_body "$2" "$3" "${4:-}")"
	order=$(json .id)
}

# redeem ORDER…: as the checkout does; prints the orders over a limit, with the reason.
redeem() {
	local list
	list=$(printf "'%s'," "$@")
	sql "UPDATE orders SET attempt = 1 WHERE id IN (${list%,})" >/dev/null
	sql "SELECT id, detail->>'reason' FROM promotion_redeem((SELECT jsonb_agg(jsonb_build_object('id', id,
		'attempt', 1)) FROM orders WHERE id IN (${list%,})))"
}

# ended ORDER: rejected as a whole.
ended() {
	sql "SELECT order_begin_release('$1', 'rejected', 'payment_declined', NULL, 'test')" >/dev/null
	sql "UPDATE orders SET attempt = 1 WHERE id = '$1'" >/dev/null
	sql "SELECT order_settle_releases(json_build_array(json_build_object('id', '$1', 'attempt', 1))::jsonb)" >/dev/null
}

uses() { # CODE
	sql "SELECT uses FROM promotion WHERE code = '$1'"
}

# --- how much ---------------------------------------------------------------------------------------

@test "each kind takes off what it says, in whole minor units" {
	local row kind members sold wanted
	while IFS='|' read -r kind members sold wanted; do
		setup
		promo it "$kind" "$members"
		# shellcheck disable=SC2086
		preview "$(lines $sold)"
		row=$(jq -c '[.discount.amount, .shipping_discount.amount, [.lines[].discount.amount]]' <<<"$http_body")
		assert_equal "$kind $members $sold: $row" "$kind $members $sold: $wanted"
	done <<-'TABLE'
		percentage|"ppm":100000|A 1 1000 B 1 500|[150,0,[100,50]]
		percentage|"ppm":125000|A 1 20|[2,0,[2]]
		percentage|"ppm":125000|A 1 12|[2,0,[2]]
		percentage|"ppm":333333|A 1 1 B 1 1 C 1 1|[1,0,[1,0,0]]
		percentage|"ppm":1000000|A 3 333|[999,0,[999]]
		percentage|"ppm":500000,"max_discount":{"amount":100,"currency":"EUR"}|A 1 300 B 1 300|[100,0,[50,50]]
		percentage|"ppm":100000,"products":["B"]|A 1 1000 B 2 500|[100,0,[0,100]]
		amount|"amount":{"amount":100,"currency":"EUR"}|A 1 100 B 1 100 C 1 100|[100,0,[34,33,33]]
		amount|"amount":{"amount":5000,"currency":"EUR"}|A 1 1000 B 1 1|[1001,0,[1000,1]]
		amount|"amount":{"amount":2,"currency":"EUR"},"products":["A"]|A 1 1000 B 1 1|[2,0,[2,0]]
		free_shipping||A 1 1000|[0,490,[0]]
		free_shipping|"max_discount":{"amount":200,"currency":"EUR"}|A 1 1000|[0,200,[0]]
		buy_x_get_y|"buy":2,"get":1|A 3 1000|[1000,0,[1000]]
		buy_x_get_y|"buy":2,"get":1|A 2 1000 B 1 10|[10,0,[0,10]]
		buy_x_get_y|"buy":2,"get":1|A 4 1000 B 2 10|[20,0,[0,20]]
		buy_x_get_y|"buy":1,"get":1|A 1 1000 B 3 10|[20,0,[0,20]]
		buy_x_get_y|"buy":1,"get":1,"ppm":500000|A 2 999|[500,0,[500]]
		buy_x_get_y|"buy":1,"get":2,"products":["A"]|A 3 100 B 5 1|[200,0,[200,0]]
		buy_x_get_y|"buy":1,"get":1,"max_discount":{"amount":3,"currency":"EUR"}|A 2 10 B 2 5|[3,0,[0,3]]
	TABLE
}

@test "promotions apply one after the other, the lowest priority first, each to what is left" {
	promo a-tenth percentage '"ppm":100000,"priority":5'
	promo b-half percentage '"ppm":500000,"priority":-1'
	promo c-two amount '"amount":{"amount":200,"currency":"EUR"},"priority":5'
	preview "$(lines A 1 1000)"
	assert_json '[.discounts[] | "\(.promotion) \(.amount.amount)"] == ["b-half 500", "a-tenth 50", "c-two 200"]
		and .discount.amount == 750 and .total.amount == 250 + 490 and .lines[0].total.amount == 250
		and .lines[0].tax.amount == 40'
}

@test "tax and totals are of what is left, also where prices are without tax" {
	promo tenth percentage '"ppm":100000'
	promo ship free_shipping
	TOKEN=$ANN api POST /v1/order-previews -d "{\"lines\":$(lines A 1 1000),\"shipping_method\":\"express\",
		\"shipping_address\":{\"country\":\"US\",\"region\":\"CA\"}}"
	assert_json '.tax.amount == 65 and .total.amount == 965 and .shipping.amount == 0
		and .shipping_discount.amount == 1490 and .subtotal.amount == 1000'
}

@test "an exclusive promotion keeps others out, and stays out itself" {
	promo alone percentage '"ppm":100000,"exclusive":true'
	promo first amount '"amount":{"amount":1,"currency":"EUR"},"products":["A"],"priority":-1'
	promo later amount '"amount":{"amount":2,"currency":"EUR"},"priority":1'
	assert_equal "$(explain "$(lines A 1 1000)")" 'first=1 alone=not_combinable later=2'
	staff POST /v1/promotion-explanations -d "{\"lines\":$(lines B 1 1000),\"country\":\"DE\"}"
	assert_json '[.data[] | select(.promotion == "later") | .reason, .detail.with] == ["not_combinable", "alone"]'
	assert_json '.discount.amount == 100 and .lines[0].discount.amount == 100'
}

# --- properties -------------------------------------------------------------------------------------

# 200 orders of 1 to 12 lines, with seven promotions each way.
many_orders() {
	promo half percentage '"ppm":512345,"products":["S1","S3","S5","S7"]'
	promo third percentage '"ppm":333333,"max_discount":{"amount":700,"currency":"EUR"},"priority":1'
	promo some amount '"amount":{"amount":777,"currency":"EUR"},"priority":2'
	promo pieces buy_x_get_y '"buy":2,"get":1,"priority":-1'
	promo cheap buy_x_get_y '"buy":1,"get":1,"ppm":300000,"products":["S2","S4","S6"],"priority":3'
	promo ship free_shipping '"priority":4'
	promo rest percentage '"ppm":1000000,"products":["S8"],"priority":9'
	sql "CREATE TABLE IF NOT EXISTS sample (id integer, lines jsonb); DELETE FROM sample; SELECT setseed(0.4);
		INSERT INTO sample SELECT i, jsonb_agg(jsonb_build_object('sku', 'S' || l, 'quantity',
			1 + floor(random() * 5), 'price', jsonb_build_object('amount', floor(random() * 1500),
			'currency', 'EUR')))
		FROM generate_series(1, 200) i, generate_series(1, 12) l WHERE l <= 1 + i % 12 GROUP BY i" >/dev/null
}

@test "what is taken off the lines is the promotion's amount, never more than a line is worth" {
	many_orders
	assert_equal "$(sql "SELECT count(*), bool_and(r.amount = coalesce(r.shipping, 0) + (SELECT sum(s) FROM unnest(r.shares) s)),
			bool_and((SELECT bool_and(s BETWEEN 0 AND w) FROM unnest(r.shares, r.weights) AS u(s, w))), bool_and(r.amount > 0)
		FROM sample, promotion_evaluate(lines, '{}', NULL, 'ann', NULL, 'DE', 490, now(), false) r" |
		sed 's/^[0-9]*/many/')" 'many|t|t|t'
	assert_equal "$(sql "SELECT count(*) FROM sample, LATERAL (SELECT totals_from(lines_discounted(lines, ARRAY(
			SELECT r FROM promotion_evaluate(lines, '{}', NULL, 'ann', NULL, 'DE', 490, now(), false) r)), 0,
			190000, true) AS t) x
		WHERE (t).total_amount < 0 OR (t).discount_amount > (t).subtotal
			OR (t).total_amount <> (t).subtotal - (t).discount_amount")" 0
}

@test "the order of the lines changes nothing" {
	many_orders
	assert_equal "$(sql "WITH shared AS (
			SELECT id, turned, e->>'sku' AS sku, r.promotion, r.amount, r.shares[line] AS share
			FROM sample, (VALUES (false), (true)) AS t(turned), LATERAL (SELECT CASE WHEN turned THEN
					(SELECT jsonb_agg(e ORDER BY md5(e->>'sku')) FROM jsonb_array_elements(lines) e)
					ELSE lines END AS mine) m,
				promotion_evaluate(mine, '{}', NULL, 'ann', NULL, 'DE', 490, now(), false) r,
				jsonb_array_elements(mine) WITH ORDINALITY AS l(e, line))
		SELECT count(*) > 1000, count(*) FILTER (WHERE n <> 2) FROM (SELECT count(*) AS n FROM shared
			GROUP BY id, sku, promotion, amount, share) g")" 't|0'
}

@test "the work grows with the lines, not with the promotions that do not apply" {
	local few many
	buffers() { # LINES
		sql "SELECT 1 FROM promotion_evaluate($1, '{}', NULL, 'ann', NULL, 'DE', 490, now(), false)" >/dev/null
		sql "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING OFF) SELECT count(*) FROM promotion_evaluate($1, '{}', NULL,
			'ann', NULL, 'DE', 490, now(), false)" | jq '.[0].Plan | ."Shared Hit Blocks" + ."Shared Read Blocks"'
	}
	# 200 that are on: 190 for other products or other customers, 10 that apply.
	sql "INSERT INTO promotion (code, name, kind, automatic, ppm, products, customers)
		SELECT 'p-' || i, 'P', 'percentage', true, 10000, CASE WHEN i % 2 = 0 AND i > 10 THEN '{X}'::text[] ELSE '{}' END,
			CASE WHEN i % 2 = 1 AND i > 10 THEN '{eve}'::text[] ELSE '{}' END
		FROM generate_series(1, 200) i" >/dev/null
	sql "CREATE TABLE IF NOT EXISTS sized (lines jsonb); DELETE FROM sized" "INSERT INTO sized SELECT jsonb_agg(jsonb_build_object(
		'sku', 'L' || i, 'quantity', 1, 'price', '{\"amount\": 1000, \"currency\": \"EUR\"}'::jsonb))
		FROM generate_series(1, 100) i" >/dev/null
	few=$(buffers "(SELECT jsonb_path_query_array(lines, '\$[0 to 9]') FROM sized)")
	many=$(buffers '(SELECT lines FROM sized)')
	echo "# buffers of 10 lines: $few, of 100: $many" >&2
	[ "$many" -le $((few + few / 4 + 10)) ] || flunk "10 lines read $few pages, 100 lines $many"
}

# --- why not ----------------------------------------------------------------------------------------

@test "each condition has its reason" {
	local members more wanted
	while IFS='|' read -r members more wanted; do
		setup
		promo it percentage "\"ppm\":100000,$members"
		assert_equal "$members, $more: $(explain "$(lines A 1 1000)" "$more")" "$members, $more: it=$wanted"
	done <<-'TABLE'
		"active":false||inactive
		"starts_at":"2999-01-01T00:00:00Z"||not_started
		"ends_at":"2001-01-01T00:00:00Z"||ended
		"coupons":["SAVE"]||coupon_needed
		"coupons":["SAVE"]|"coupons":["save"]|100
		"currency":"USD"||wrong_currency
		"countries":["AT"]||wrong_country
		"countries":["DE"]||100
		"countries":["DE"]|"country":"AT"|wrong_country
		"customers":["bob"]||wrong_customer
		"customers":["ann"]||100
		"customers":["@example.org"]|"email":"X@Example.Org"|100
		"customers":["x@example.org"]|"email":"X@Example.Org"|100
		"customers":["@example.org"]|"email":"x@example.org.evil.com"|wrong_customer
		"min_subtotal":{"amount":1001,"currency":"EUR"}||below_minimum
		"min_subtotal":{"amount":1000,"currency":"EUR"}||100
		"products":["B"]||no_product
		"max_uses":1||100
		"first_order":true||100
	TABLE
}

@test "a reason comes with its figures, in words too" {
	promo minimum percentage '"ppm":100000,"min_subtotal":{"amount":1500,"currency":"EUR"}'
	promo pieces buy_x_get_y '"buy":2,"get":1'
	explain "$(lines A 1 1000)"
	assert_json '(.data | map({key: .promotion, value: .}) | from_entries) as $of
		| $of.minimum.detail == {"minimum": 1500, "missing": 500}
		and ($of.minimum.text | contains("500 minor units of EUR"))
		and $of.pieces.reason == "too_few_pieces" and $of.pieces.detail.missing == 2'
}

@test "what is free already is not discounted" {
	promo all percentage '"ppm":1000000'
	promo more percentage '"ppm":100000,"priority":1'
	promo ship free_shipping
	promo ship-again free_shipping '"priority":1'
	assert_equal "$(explain "$(lines A 1 1000)" '"shipping_method":"standard"')" \
		'all=1000 ship=490 more=nothing_left_to_discount ship-again=nothing_left_to_discount'
	preview "$(lines A 1 20000)"
	assert_json '.shipping.amount == 0 and .shipping_discount.amount == 0 and .total.amount == 0'
}

@test "a preview says of each coupon why it does not apply" {
	promo ten percentage '"ppm":100000,"coupons":["TEN"],"min_subtotal":{"amount":1000,"currency":"EUR"}'
	promo gone percentage '"ppm":100000,"coupons":["GONE","GONE2"],"ends_at":"2001-01-01T00:00:00Z"'
	preview "$(lines A 1 1000)" '"coupons":["ten","gone","Gone2","what"]'
	assert_json '[.coupons[] | [.coupon, .applies, .reason]] == [["GONE", false, "ended"],
		["GONE2", false, "coupon_repeated"], ["TEN", true, null], ["WHAT", false, "coupon_unknown"]]
		and .discount.amount == 100'
	preview "$(lines A 1 999)" '"coupons":["TEN"]'
	assert_json '.coupons[0].detail.missing == 1 and .discount.amount == 0'
	TOKEN='' preview "$(lines A 1 1000)" '"coupons":["TEN"]'
	assert_json '.coupons[0].applies'
}

# --- orders -----------------------------------------------------------------------------------------

@test "an order keeps what it was computed from" {
	promo ten percentage '"ppm":125000,"coupons":["TEN"]'
	promo ship free_shipping
	place "$ANN" "$(lines A 3 333 B 1 1001)" 1750 '"coupons":["ten"],"locale":"de"'
	assert_status 202
	assert_json '.discount.amount == 250 and .shipping.amount == 0 and .shipping_discount.amount == 490
		and .locale == "de" and ([.discounts[] | [.promotion, .coupon, .amount.amount, .shipping]]
			== [["ship", null, 490, true], ["ten", "TEN", 250, false]])
		and ([.lines[].discount.amount] == [125, 125])'
	assert_equal "$(sql "SELECT (t.subtotal, t.discount_amount, t.tax_amount, t.total_amount) = (o.subtotal,
		o.discount_amount, o.tax_amount, o.total_amount) FROM orders o, LATERAL totals_from((SELECT jsonb_agg(
		jsonb_build_object('sku', sku, 'quantity', quantity, 'discount', discount_amount, 'price',
		jsonb_build_object('amount', price_amount, 'currency', o.currency)) ORDER BY line) FROM order_line
		WHERE order_id = o.id), o.shipping_amount, o.tax_rate_ppm, o.tax_inclusive) t WHERE o.id = '$order'")" t
	sql "UPDATE promotion SET ppm = 999999, name = 'Other' WHERE code = 'ten'" >/dev/null
	TOKEN=$ANN api GET "/v1/orders/$order"
	assert_json '.discount.amount == 250 and .discounts[1].name == "The ten"'
}

@test "a coupon that does not apply refuses the order, before anything is stored" {
	local before
	before=$(sql "SELECT count(*) FROM orders")
	promo ten percentage '"ppm":100000,"coupons":["TEN"],"min_subtotal":{"amount":5000,"currency":"EUR"}'
	place "$ANN" "$(lines A 1 1000)" 1490 '"coupons":["TEN"]'
	assert_problem 409 promotion_not_applicable
	assert_json '.detail | contains("below_minimum")'
	place "$ANN" "$(lines A 1 1000)" 1490 '"coupons":["NEVER"]'
	assert_problem 409 promotion_not_applicable
	assert_equal "$(sql "SELECT count(*) FROM orders")" "$before"
	assert_equal "$(sql "SELECT count(*) FROM order_discount")" 0
}

@test "a discount that ended since it was shown is another total" {
	promo ten percentage '"ppm":100000'
	preview "$(lines A 1 1000)"
	assert_json '.total.amount == 1390'
	sql "UPDATE promotion SET active = false" >/dev/null
	place "$ANN" "$(lines A 1 1000)" 1390
	assert_problem 409 order_total_differs
}

@test "a repeated key is the same order, whatever the coupon allows now" {
	local body key=once
	promo ten percentage '"ppm":100000,"coupons":["TEN"],"max_uses":1'
	body=$(order_body "$(lines A 1 1000)" 1390 '"coupons":["TEN"]')
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $key" -d "$body"
	assert_status 202
	order=$(json .id)
	redeem "$order"
	assert_equal "$(uses ten)" 1
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $key" -d "$body"
	assert_status 202
	assert_json '.id == $id' --arg id "$order"
}

# --- limits -----------------------------------------------------------------------------------------

@test "uses are taken once per order, up to the limit, and given back when it comes to nothing" {
	local first second third
	promo ten percentage '"ppm":100000,"coupons":["TEN"],"max_uses":2'
	place "$ANN" "$(lines A 1 1000)" 1390 '"coupons":["TEN"]'
	first=$order
	place "$BOB" "$(lines A 1 1000)" 1390 '"coupons":["TEN"]'
	second=$order
	place "$GUEST" "$(lines A 1 1000)" 1390 '"coupons":["TEN"]'
	third=$order
	assert_equal "$(redeem "$first" "$second" "$third")" "$third|used_up"
	assert_equal "$(redeem "$first" "$second")" ''
	assert_equal "$(uses ten) $(sql "SELECT uses FROM promotion_coupon WHERE code = 'TEN'")" '2 2'
	place "$ANN" "$(lines A 1 1000)" 1390 '"coupons":["TEN"]'
	assert_problem 409 promotion_not_applicable
	ended "$first"
	assert_equal "$(uses ten) $(sql "SELECT uses FROM promotion_coupon WHERE code = 'TEN'")" '1 1'
	assert_equal "$(redeem "$first")" ''
	assert_equal "$(redeem "$third")" ''
	assert_equal "$(uses ten) $(sql "SELECT count(*) FROM promotion_redemption WHERE given_back_at IS NULL")" '2 2'
	staff GET /v1/promotions/ten/redemptions
	assert_json '.data | length == 3 and ([.[] | select(.given_back_at)] | length == 1)'
}

@test "a customer has his own limit; guests are told by their address" {
	local first second
	promo ten percentage '"ppm":100000,"max_uses_per_customer":1'
	place "$ANN" "$(lines A 1 1000)" 1390
	first=$order
	place "$ANN" "$(lines A 1 1000)" 1390
	second=$order
	assert_equal "$(redeem "$first" "$second")" "$second|used_up_by_customer"
	place "$BOB" "$(lines A 1 1000)" 1390
	assert_equal "$(redeem "$order")" ''
	place "$GUEST" "$(lines A 1 1000)" 1390 '"email":"guest@example.org"'
	assert_equal "$(redeem "$order")" ''
	TOKEN=$(token_for '' guest:00000000-0000-7000-8000-00000000d002)
	preview "$(lines A 1 1000)" '"email":"GUEST@example.org"'
	assert_json '.discount.amount == 0'
	assert_equal "$(explain "$(lines A 1 1000)" '"email":"guest@example.org","owner":"guest:x"')" ten=used_up_by_customer
}

@test "of several promotions of an order all are taken or none" {
	local first second
	promo one percentage '"ppm":100000'
	promo two amount '"amount":{"amount":1,"currency":"EUR"},"max_uses":1,"priority":1'
	place "$ANN" "$(lines A 1 1000)" 1389
	first=$order
	place "$BOB" "$(lines A 1 1000)" 1389
	second=$order
	assert_equal "$(redeem "$first" "$second")" "$second|used_up"
	assert_equal "$(uses one) $(uses two)" '1 1'
}

@test "a first order is the first, also when two are placed at once" {
	local first second
	promo hello percentage '"ppm":100000,"first_order":true'
	local eve
	eve=$(token_for '' 00000000-0000-7000-8000-00000000e001)
	first=$(TOKEN=$eve; place "$eve" "$(lines A 1 1000)" 1390 '"email":"eve@example.org"'; echo "$order")
	assert_equal "$(explain "$(lines A 1 1000)" '"owner":"00000000-0000-7000-8000-00000000e001"')" hello=not_first_order
	sql "UPDATE orders SET status = 'rejected', step = NULL, due_at = NULL WHERE id = '$first'" >/dev/null
	place "$eve" "$(lines A 1 1000)" 1390 '"email":"eve@example.org"'
	second=$order
	sql "UPDATE orders SET status = 'pending', step = 'check', due_at = now() WHERE id = '$first'" >/dev/null
	assert_equal "$(redeem "$first" "$second")" "$second|used_up_by_customer"
}

@test "an order that has moved on takes no use" {
	promo ten percentage '"ppm":100000'
	place "$ANN" "$(lines A 1 1000)" 1390
	sql "SELECT order_begin_release('$order', 'rejected', 'payment_declined', NULL, 'test')" >/dev/null
	assert_equal "$(redeem "$order")" ''
	assert_equal "$(uses ten)" 0
}

@test "many that take uses at once take no more than there are" {
	local i pids=()
	promo hot percentage '"ppm":100000,"coupons":["HOT"],"max_uses":10'
	for i in {1..30}; do
		place "$GUEST" "$(lines A 1 1000)" 1390 '"coupons":["HOT"]'
		assert_status 202
	done
	sql "UPDATE orders SET attempt = 1 WHERE step = 'check'" >/dev/null
	for i in 0 1 2; do
		sql "SELECT count(*) FROM promotion_redeem((SELECT jsonb_agg(jsonb_build_object('id', id, 'attempt', 1)) FROM (
			SELECT order_id AS id, row_number() OVER () AS n FROM order_discount) d WHERE n % 3 = $i))" \
			>"$SCRATCH/over-$i" 3>&- &
		pids+=("$!")
	done
	wait "${pids[@]}"
	assert_equal "$(uses hot)" 10
	assert_equal "$(sql "SELECT count(*) FROM promotion_redemption")" 10
	assert_equal "$(awk '{ n += $1 } END { print n }' "$SCRATCH"/over-?)" 20
}

# --- the desk ---------------------------------------------------------------------------------------

@test "promotions: made, changed by version, removed while no order has them" {
	promo spring percentage '"ppm":100000,"max_discount":{"amount":500,"currency":"EUR"}'
	assert_json '.automatic and .currency == "EUR" and .active and .uses == 0 and .version == 1'
	staff POST /v1/promotions -d '{"code":"spring","name":"S","kind":"free_shipping"}'
	assert_problem 409 promotion_taken
	staff PATCH /v1/promotions/spring -H 'If-Match: "1"' -d '{"ppm":200000,"max_discount":null,"countries":["DE","AT"]}'
	assert_status 200
	assert_json '.ppm == 200000 and .max_discount == null and .countries == ["AT", "DE"] and .version == 2'
	staff PATCH /v1/promotions/spring -H 'If-Match: "1"' -d '{"ppm":1}'
	assert_status 412
	staff PATCH /v1/promotions/spring -H 'If-Match: "2"' -d '{"amount":{"amount":1,"currency":"EUR"}}'
	assert_problem 422 promotion_value
	staff PATCH /v1/promotions/spring -H 'If-Match: "2"' -d '{"min_subtotal":{"amount":1,"currency":"USD"}}'
	assert_problem 422 promotion_currency
	staff GET '/v1/promotions?active=true'
	assert_json '[.data[].code] == ["spring"]'
	place "$ANN" "$(lines A 1 1000)" 1290
	assert_status 202
	staff DELETE /v1/promotions/spring -H 'If-Match: "2"'
	assert_problem 409 promotion_in_use
	sql "DELETE FROM order_discount" >/dev/null
	staff DELETE /v1/promotions/spring -H 'If-Match: "2"'
	assert_status 204
	staff GET /v1/promotions/spring
	assert_status 404
}

@test "what is no promotion is refused, with the place" {
	local body
	for body in '{"code":"x","name":"X","kind":"percentage"}' '{"code":"x","name":"X","kind":"amount","ppm":1}' \
		'{"code":"x","name":"X","kind":"buy_x_get_y","buy":1}' '{"code":"x","name":"X","kind":"free_shipping","ppm":5}'; do
		staff POST /v1/promotions -d "$body"
		assert_problem 422 promotion_value
	done
	staff POST /v1/promotions -d '{"code":"x","name":"X","kind":"percentage","ppm":1,"starts_at":"2030-01-02T00:00:00Z",
		"ends_at":"2030-01-01T00:00:00Z"}'
	assert_problem 422 promotion_time
	TOKEN=$ANN FRONTEND=admin api GET /v1/promotions
	assert_status 403
}

@test "coupons: named, random, single-use, one promotion each" {
	promo spring percentage '"ppm":100000'
	promo other percentage '"ppm":100000'
	staff POST /v1/promotions/spring/coupons -d '{"codes":["Spring-10"]}'
	assert_status 201
	assert_json '.data[0].code == "SPRING-10" and .data[0].max_uses == null'
	staff GET /v1/promotions/spring
	assert_json '.automatic == false and .coupons == 1'
	staff POST /v1/promotions/other/coupons -d '{"codes":["spring-10"]}'
	assert_problem 409 promotion_coupon_taken
	staff POST /v1/promotions/spring/coupons -d '{"count":100}'
	assert_json '(.data | length) == 100 and (.data | all(.max_uses == 1
		and (.code | test("^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$"))))'
	staff GET '/v1/promotions/spring/coupons?limit=60'
	assert_json '(.data | length) == 60 and .next'
	staff DELETE /v1/promotions/spring/coupons/spring-10
	assert_status 204
	staff DELETE /v1/promotions/spring/coupons/spring-10
	assert_status 404
	staff POST /v1/promotions/none/coupons -d '{"codes":["AB"]}'
	assert_status 404
}

@test "an order that comes to nothing does not give its use to a coupon that was made anew" {
	local first
	promo ten percentage '"ppm":100000,"coupons":["TEN"]'
	place "$ANN" "$(lines A 1 1000)" 1390 '"coupons":["TEN"]'
	first=$order
	redeem "$first"
	staff DELETE /v1/promotions/ten/coupons/TEN
	assert_status 204
	staff POST /v1/promotions/ten/coupons -d '{"codes":["TEN"]}'
	assert_status 201
	place "$BOB" "$(lines A 1 1000)" 1390 '"coupons":["TEN"]'
	redeem "$order"
	ended "$first"
	assert_equal "$(sql "SELECT status FROM orders WHERE id = '$first'")" rejected
	assert_equal "$(uses ten) $(sql "SELECT uses FROM promotion_coupon WHERE code = 'TEN'")" '1 1'
	ended "$order"
	assert_equal "$(uses ten) $(sql "SELECT uses FROM promotion_coupon WHERE code = 'TEN'")" '0 0'
}

# --- categories -------------------------------------------------------------------------------------

known() { # SKU CATEGORIES
	sql "SELECT 1 FROM (SELECT 1) x" "INSERT INTO product_category VALUES ('$1', '$2', now())
		ON CONFLICT (sku) DO UPDATE SET categories = '$2', asked_at = now()" >/dev/null
}

@test "categories are those of the product and those above; without them nobody guesses" {
	promo mugs percentage '"ppm":100000,"categories":["kitchen"]'
	TOKEN=$ANN api POST /v1/order-previews -d "{\"lines\":$(lines A 1 1000 B 1 1000),\"shipping_address\":{\"country\":\"DE\"}}"
	assert_status 503 # nobody answers
	place "$ANN" "$(lines A 1 1000)" 1490
	assert_status 503
	assert_equal "$(sql "SELECT count(*) FROM idempotency WHERE route = 'POST /v1/orders'
		AND created_at > now() - interval '1 second' AND location NOT IN (SELECT '/v1/orders/' || id FROM orders)")" 0
	known A '{kitchen,mugs}'
	known B '{garden}'
	preview "$(lines A 1 1000 B 1 1000)"
	assert_json '[.lines[].discount.amount] == [100, 0]'
	sql "SELECT promotion_forget_categories('[{\"aggregate\":\"A\",\"data\":{}}]', false)" >/dev/null
	assert_equal "$(sql "SELECT string_agg(sku, ' ') FROM product_category")" B
	sql "SELECT promotion_forget_categories('[]', true)" >/dev/null
	assert_equal "$(sql "SELECT count(*) FROM product_category")" 0
}

@test "an answer from before a change is not kept" {
	sql "INSERT INTO product_category (sku, asked_at) VALUES ('A', now())" >/dev/null
	sql "SELECT promotion_store_categories('[\"A\",\"B\"]', '[{\"sku\":\"A\",\"categories\":[\"old\"]}]',
		now() - interval '1 hour')" >/dev/null
	assert_equal "$(sql "SELECT count(*) FROM product_category WHERE categories IS NOT NULL")" 0
	sql "SELECT promotion_store_categories('[\"A\",\"B\"]', '[{\"sku\":\"A\",\"categories\":[\"new\"]}]',
		now() + interval '1 hour')" >/dev/null
	assert_equal "$(sql "SELECT sku, categories FROM product_category WHERE categories IS NOT NULL")" 'A|{new}'
}
