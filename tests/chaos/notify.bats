#!/usr/bin/env bats
# On the way from an event to a mail notifyd is killed at every point that it passes, and the services that
# it asks fall over: every confirmed order has its confirmation all the same, once.
load ../lib
load checker
load faults

points='statement.take_confirmations.before
statement.take_confirmations.after
commit.notifyd-take_confirmations.before
commit.notifyd-take_confirmations.after
consumer.notifyd-take_confirmations.ack.before
statement.claim_new.before
statement.claim_new.after
call.POST /v1/order-notices.before
call.POST /v1/order-notices.after
statement.freeze_notifications.before
statement.freeze_notifications.after'

setup_file() {
	scratch_make
	faults_open
	export ECOM_ADMIND_RESTART_MOST=200ms ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=100000000
	shop_up
	ecomctl product create TOLD-1 --name Told --price 5EUR --stock 100000 --status active
}

arm() { # DAEMON POINT
	echo "$2" >"$faults/$1.new"
	mv "$faults/$1.new" "$faults/$1"
}

orders() { # COUNT
	"$BUILDDIR/bench/checkout" --shop "$SHOP" --sku TOLD- --clients 2 --count "$1" --patience 60 \
		--history "$SCRATCH/history-$RANDOM$RANDOM.ndjson" >>"$SCRATCH/log/load.log" 3>&- 4>&-
}

told() {
	check_copy && check_run 29-confirmations
}

@test "notifyd is killed at each point, and loses no confirmation" {
	local point
	while read -r point; do
		arm notifyd "$point:1:kill"
		orders 3
		wait_for '[ ! -e "$faults/notifyd" ]' 180 || flunk "not passed: $point"
	done <<<"$points"
	wait_for told 180 || { told; flunk 'not all are told'; }
}

@test "calls that fail are made again" {
	arm notifyd 'call.POST /v1/order-notices.before:1:fail'
	orders 3
	wait_for '[ ! -e "$faults/notifyd" ]'
	arm notifyd 'call.POST /v1/order-notices.after:1:fail'
	orders 3
	wait_for '[ ! -e "$faults/notifyd" ]'
	arm orderd 'statement.order_notices.before:1:kill'
	orders 3
	wait_for '[ ! -e "$faults/orderd" ]'
	wait_for told 180 || { told; flunk 'not all are told'; }
	assert_equal "$(shop_sql notifyd "SELECT count(*) FROM notification WHERE status = 'new'")" 0
}
