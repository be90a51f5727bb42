#!/usr/bin/env bats
# The checker of script/chaos finds nothing in a shop whose books are right, and every violation that
# is planted into them.

load ../lib
load checker
load plants

setup_file() {
	export ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=100000000
	shop_up
	{
		echo 'sku,name,status,price,currency,stock'
		for i in {1..6}; do echo "PLANT-$i,Plant $i,active,9.9$i,EUR,60"; done
	} >"$SCRATCH/catalogue.csv"
	ecomctl product import "$SCRATCH/catalogue.csv" --yes
	ecomctl promo create tenth --name 'A tenth' --kind percentage --percent 10 --coupons TENTH
	ecomctl promo create pairs --name 'Pairs' --kind buy_x_get_y --buy 1 --get 1 --percent 33.3333 \
		--products PLANT-1,PLANT-2 --priority 1
	ecomctl promo create carriage --name 'Free shipping' --kind free_shipping --min-subtotal 15EUR
	(umask 077 && ecomctl auth token >"$SCRATCH/secrets/admin-token")
	"$BUILDDIR/bench/checkout" --shop "$SHOP" --admin "$ADMIN" \
		--admin-token-file "$SCRATCH/secrets/admin-token" --history "$SCRATCH/history.ndjson" \
		--clients 6 --merchants 6 --count 200 --sku PLANT- --sku-count 6 --quantity 2 --repeat 10 \
		--coupon TENTH --coupon-share 70 --after-sale 60 --drafts 8 \
		--tokens tok_success:12,tok_decline:1,tok_refund_fail:1,tok_refund_back:1,manual_bank_transfer:1,manual_cash_on_delivery:1 \
		>"$SCRATCH/log/load.log"
	by_hand
	check_settle 29-confirmations
	check_history "$SCRATCH/history.ndjson"
}

# With a key, as the load's staff do, and written down as they do.
staff() { # OP PATH BODY
	key=by-hand-$((++keys))
	echo '{"type":"invoke","op":"'"$1"'","key":"'"$key"'"}' >>"$SCRATCH/history.ndjson"
	gateway POST "$ADMIN$2" -H "Authorization: Bearer $(<"$SCRATCH/secrets/admin-token")" \
		-H "Idempotency-Key: $key" -d "$3"
	[ "${http_status:0:1}" = 2 ] || flunk "$2: $http_status $http_body"
}

# Drafts of staff: paid by transfer and not yet shipped, paid in part by now, and on delivery.
by_hand() {
	local how order keys=0 key first=''
	for how in bank_transfer bank_transfer cash_on_delivery; do
		staff draft /v1/order-drafts '{"email":"hand@example.org","name":"Hand","lines":[{"sku":"PLANT-3",
			"quantity":1,"price":{"amount":1000,"currency":"EUR"}}],"shipping":{"amount":0,"currency":"EUR"},
			"shipping_address":{"name":"Hand","line1":"Way","city":"Berlin","country":"DE"}}'
		staff place_draft "/v1/order-drafts/$(json .id)/place" "$(json -c '{total, payment_method: "'$how'"}')"
		order=$(json .id)
		wait_for 'ecomctl payment list --order "$order" -o json | jq -e ".[0].status | test(\"action|authorized\")"'
		[ "$how" = cash_on_delivery ] || [ -n "${first:=$order}" ]
	done
	staff record /v1/payment-records '{"order":"'"$first"'","amount":{"amount":1000,"currency":"EUR"},
		"reference":"entry 1"}'
	staff ship "/v1/orders/$order/shipments" '{}'
}

# The rows that a check finds after a change that is taken back.
found_after() { # CHECK SQL
	check_sql <<-SQL
		BEGIN;
		$2;
		\\i $SRCDIR/tests/chaos/checks/$1.sql
		ROLLBACK;
	SQL
}

@test "nothing is found where nothing is wrong" {
	check_run
}

@test "the return that plants begin with is no violation by itself" {
	assert_equal "$(found_after 31-returns-goods "$plant_return")" ''
	assert_equal "$(found_after 32-returns-money "$plant_return")" ''
}

@test "each planted violation is found by the check of its invariant" {
	local plant missed=0
	for plant in "${plants[@]}"; do
		found=$(found_after "${plant%%|*}" "${plant#*|}")
		[ -z "$found" ] || continue
		echo "not found: $plant"
		missed=$((missed + 1))
	done
	[ "$missed" = 0 ] || flunk "$missed of ${#plants[@]} were missed"
}

@test "each check has a violation that it finds" {
	local check
	for check in "$SRCDIR"/tests/chaos/checks/*.sql; do
		printf '%s\n' "${plants[@]}" | grep -q "^$(basename "$check" .sql)|" || flunk "$check"
	done
}
