#!/usr/bin/env bats
# Nobody hears of anything while NATS stands still, and yet everything goes on; afterwards every event
# arrives, once in effect. For longer: NATS_SECONDS=120

load ../lib
load checker

setup_file() {
	export NATS_SECONDS=${NATS_SECONDS:-8} ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=100000000
	shop_up
	ecomctl product create SAD-1 --name 'Sold in silence' --price 19.90EUR --stock 1000000 --status active
}

confirmed() {
	shop_sql orderd "SELECT count(*) FROM orders WHERE status = 'confirmed'"
}

@test "checkouts go on while NATS stands still, and all events arrive afterwards" {
	local nats before load
	nats=$(jq .pid "$STATE/run/nats.child")
	"$BUILDDIR/bench/checkout" --shop "$SHOP" --sku SAD- --clients 8 --seconds $((NATS_SECONDS + 600)) \
		--stop-file "$SCRATCH/stop" --history "$SCRATCH/history.ndjson" >"$SCRATCH/log/load.log" 3>&- 4>&- &
	load=$!
	wait_for '[ "$(confirmed)" -ge 5 ]'
	kill -STOP "$nats"
	before=$(confirmed)
	local until=$((SECONDS + NATS_SECONDS))
	wait_for "[ \$SECONDS -ge $until ]" $((NATS_SECONDS + 5))
	wait_for "[ \"\$(confirmed)\" -gt $((before + NATS_SECONDS)) ]" 120 || flunk "$before, then $(confirmed)"
	[ "$(shop_sql orderd 'SELECT count(*) FROM outbox WHERE sent_at IS NULL')" -gt 0 ]
	kill -CONT "$nats"
	touch "$SCRATCH/stop"
	wait "$load"
	check_settle 29-confirmations
	check_history "$SCRATCH/history.ndjson"
	check_run
}
