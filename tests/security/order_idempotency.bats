#!/usr/bin/env bats
# A hundred equal orders at once with one key are one order, paid once.
load ../lib
load lib

setup_file() {
	# All of it comes from one address.
	export ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=1000000
	shop_up
	ADMIN_TOKEN=$(admin_token)
	export ADMIN_TOKEN
	product_for_sale KEY-1 1000
	role_token customer >"$SCRATCH/token-a"
	guest_token >"$SCRATCH/token-b"
	local i
	for i in {1..100}; do
		echo "url = \"$SHOP/v1/orders\""
		echo "output = \"$SCRATCH/answer-$i\""
	done >"$SCRATCH/urls"
}

teardown_file() {
	shop_down_quietly
	scratch_remove
}

# race TOKEN KEY BODY [curl arguments]: 100 equal orders at once; the counted statuses, and how many
# different Locations and numbers there were.
race() {
	local token=$1 key=$2 body=$3
	shift 3
	rm -f "$SCRATCH"/answer-* "$SCRATCH/headers"
	curl -sS --parallel --parallel-immediate --parallel-max 100 --no-progress-meter \
		-H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		-H "Idempotency-Key: $key" -d "$body" "$@" -D "$SCRATCH/headers" -w '%{http_code}\n' -K "$SCRATCH/urls" |
		sort | uniq -c | tr -s ' '
	sed -n 's/^[Ll]ocation: //p' "$SCRATCH/headers" | tr -d '\r' | sort -u | wc -l
	jq -r .id "$SCRATCH"/answer-* | sort -u | wc -l
}

orders_of_cart() {
	shop_sql orderd "SELECT count(*) FROM orders WHERE cart_id = '$1'"
}

@test "a hundred equal orders at once that wait: one order, a hundred equal answers" {
	local token cart id
	token=$(<"$SCRATCH/token-a")
	cart=$(cart_of "$token" KEY-1 2)
	assert_equal "$(race "$token" wait-1 "$(order_body "$token" "$cart")" -H 'Prefer: wait=30')" ' 100 201
1
1'
	assert_equal "$(jq -S -c . "$SCRATCH"/answer-* | sort -u | wc -l)" 1
	jq -e '.status == "confirmed"' "$SCRATCH/answer-1"
	assert_equal "$(grep -ci '^idempotent-replayed: true' "$SCRATCH/headers")" 99
	assert_equal "$(orders_of_cart "$(jq -r .id <<<"$cart")")" 1
	id=$(jq -r .id "$SCRATCH/answer-1")
	assert_equal "$(shop_sql paymentd "SELECT count(*), sum(authorized) = max(amount) FROM payment WHERE order_id = '$id'")" '1|t'
	assert_equal "$(shop_sql catalogd "SELECT sum(quantity) FROM stock_movement WHERE kind = 'allocated' AND order_id = '$id'")" 2
	assert_equal "$(shop_sql orderd "SELECT count(*) FROM outbox WHERE subject = 'orders.order.placed' AND aggregate_id = '$id'")" 1
}

@test "a hundred equal orders at once that do not wait: one order" {
	local token cart
	token=$(<"$SCRATCH/token-b")
	cart=$(cart_of "$token" KEY-1 1)
	race "$token" fast-1 "$(order_body "$token" "$cart")" >"$SCRATCH/counted"
	# Pending for some, decided for those that came later.
	[ "$(awk '$2 ~ /^20[12]$/ { n += $1 } END { print n }' "$SCRATCH/counted")" = 100 ] ||
		flunk "$(cat "$SCRATCH/counted")"
	assert_equal "$(tail -n 2 "$SCRATCH/counted")" '1
1'
	assert_equal "$(orders_of_cart "$(jq -r .id <<<"$cart")")" 1
}

@test "another body with the key is refused, another's same key is unaffected" {
	local a b cart body
	a=$(<"$SCRATCH/token-a") b=$(<"$SCRATCH/token-b")
	cart=$(cart_of "$a" KEY-1 1)
	body=$(order_body "$a" "$cart")
	TOKEN=$a gateway POST /v1/orders -d "$body" -H 'Idempotency-Key: shared' -H 'Prefer: wait=20'
	assert_status 201
	TOKEN=$a gateway POST /v1/orders -d "$(jq -c '.name = "Another"' <<<"$body")" \
		-H 'Idempotency-Key: shared' -H 'Prefer: wait=20'
	assert_problem 422 idempotency_key_reused
	cart=$(cart_of "$b" KEY-1 1)
	TOKEN=$b gateway POST /v1/orders -d "$(order_body "$b" "$cart")" -H 'Idempotency-Key: shared' \
		-H 'Prefer: wait=20'
	assert_status 201
	assert_no_header idempotent-replayed
}

@test "a card number in an order is refused, told nowhere, and the key stays free" {
	local token cart body
	token=$(<"$SCRATCH/token-a")
	cart=$(cart_of "$token" KEY-1 1)
	body=$(order_body "$token" "$cart")
	TOKEN=$token gateway POST /v1/orders -d "$(jq -c '.payment_token = "4242424242424242"' <<<"$body")" \
		-H 'Idempotency-Key: card'
	assert_problem 422 card_number_refused
	assert_json '.errors[0].pointer == "/payment_token"'
	TOKEN=$token gateway POST /v1/orders -d "$(jq -c '.name = "4242-4242-4242-4242"' <<<"$body")" \
		-H 'Idempotency-Key: card'
	assert_problem 422 card_number_refused
	run grep -rlE '4242.?4242.?4242' "$STATE/log"
	assert_equal "$output" ''
	TOKEN=$token gateway POST /v1/orders -d "$body" -H 'Idempotency-Key: card' -H 'Prefer: wait=20'
	assert_status 201
}
