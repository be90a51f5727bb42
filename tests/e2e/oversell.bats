#!/usr/bin/env bats
# Twice as many buyers as units, all at once, for one SKU. Others in size: CHECKOUTS=10000

load ../lib
load ../chaos/checker

setup_file() {
	export CHECKOUTS=${CHECKOUTS:-600} ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=100000000
	export UNITS=$((CHECKOUTS / 2))
	shop_up
	ecomctl product create HOT-1 --name 'The last ones' --price 19.90EUR --stock "$UNITS" --status active
}

orders() { # STATUS [REASON]
	shop_sql orderd "SELECT count(*) FROM orders WHERE status = '$1' AND ('${2:-}' = '' OR reason = '${2:-}')"
}

level() {
	shop_sql catalogd "SELECT on_hand, allocated, held FROM stock_level WHERE sku = 'HOT-1'"
}

@test "every unit is sold once, every other order is rejected for stock" {
	"$BUILDDIR/bench/checkout" --shop "$SHOP" --sku HOT- --clients 64 --count "$CHECKOUTS" \
		--guest-every 1000 --wait 30 --patience 200 --history "$SCRATCH/history.ndjson"
	assert_equal "$(orders confirmed)" "$UNITS"
	assert_equal "$(orders rejected out_of_stock)" $((CHECKOUTS - UNITS))
	assert_equal "$(shop_sql orderd 'SELECT count(*) FROM orders')" "$CHECKOUTS"
	assert_equal "$(level)" "$UNITS|$UNITS|0"
}

@test "each sold order was charged once, and all books agree" {
	check_settle 29-confirmations
	check_history "$SCRATCH/history.ndjson"
	check_run
}

@test "when all of it is shipped nothing is left, and all of it is paid" {
	(umask 077 && echo "Authorization: Bearer $(ecomctl auth token)" >"$SCRATCH/secrets/admin.header")
	shop_sql orderd "SELECT id FROM orders WHERE status = 'confirmed'" |
		xargs -P 4 -I ORDER curl -sS -f -o /dev/null -H "@$SCRATCH/secrets/admin.header" \
			-H 'Content-Type: application/json' -H 'Idempotency-Key: ship-ORDER' \
			-d '{"carrier": "DHL", "tracking": "JD0146", "lines": [{"line": 1, "quantity": 1}]}' \
			"$ADMIN/v1/orders/ORDER/shipments"
	wait_for '[ "$(orders completed)" = "$UNITS" ]' 120
	assert_equal "$(level)" '0|0|0'
	check_settle 29-confirmations
	check_run
	assert_equal "$(shop_sql paymentd 'SELECT sum(captured) FROM payment')" \
		"$(shop_sql orderd "SELECT sum(total_amount) FROM orders WHERE status = 'completed'")"
}
