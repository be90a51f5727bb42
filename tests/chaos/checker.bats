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
		--clients 6 --merchants 3 --count 150 --sku PLANT- --sku-count 6 --quantity 2 --coupon TENTH \
		--tokens tok_success:8,tok_decline:1,tok_refund_fail:1,tok_refund_back:1 >"$SCRATCH/log/load.log"
	by_hand
	wait_for 'check_copy && check_run 15-nothing-undecided 17-events-published 18-carts-ordered 29-confirmations'
	check_history "$SCRATCH/history.ndjson"
}

# Drafts of staff: paid by transfer and not yet shipped, paid in part by now, and on delivery.
by_hand() {
	local how first=''
	for how in bank_transfer bank_transfer cash_on_delivery; do
		jq -n -c '{email: "hand@example.org", name: "Hand", lines: [{sku: "PLANT-3", quantity: 1,
			price: "10EUR"}], shipping: "0EUR", shipping_address: {name: "Hand", line1: "Way", city: "Berlin",
			country: "DE"}}' | ecomctl draft create -q >"$SCRATCH/draft"
		number=$(ecomctl draft place "$(<"$SCRATCH/draft")" --payment "$how" -q)
		wait_for 'ecomctl payment list --order "$number" -o json | jq -e ".[0].status | test(\"action|authorized\")"'
		[ "$how" = cash_on_delivery ] || [ -n "${first:=$number}" ]
	done
	ecomctl payment record "$first" --amount 10EUR --reference 'entry 1'
	# With a key, as the load's merchants do, and written down as they do.
	echo '{"type":"invoke","op":"ship","key":"by-hand"}' >>"$SCRATCH/history.ndjson"
	gateway POST "$ADMIN/v1/orders/$number/shipments" -H "Authorization: Bearer $(<"$SCRATCH/secrets/admin-token")" \
		-H 'Idempotency-Key: by-hand' -d '{}'
	assert_status 201
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
