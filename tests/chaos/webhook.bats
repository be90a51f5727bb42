#!/usr/bin/env bats
# On the way from an event to a receiver notifyd is killed at every point that it passes, under a load, while the
# receiver fails now and then: every confirmed order arrives all the same, with one id.
load ../lib
load ../lib/webhooks
load faults

points='statement.webhook_take_orders.before
statement.webhook_take_orders.after
commit.notifyd-webhook_take_orders.before
commit.notifyd-webhook_take_orders.after
consumer.notifyd-webhook_take_orders.ack.before
statement.webhook_claim.before
statement.webhook_claim.after
outbound.webhooks.before
outbound.webhooks.after
statement.webhook_settle.before
statement.webhook_settle.after'

setup_file() {
	scratch_make
	faults_open
	export ECOM_ADMIND_RESTART_MOST=200ms ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=100000000 \
		ECOM_NOTIFYD_WEBHOOK_ALLOW=127.0.0.1 ECOM_NOTIFYD_WEBHOOK_TIMEOUT=3s
	# So many times that a slow machine does not come to their end before the receiver is well again.
	ECOM_NOTIFYD_WEBHOOK_RETRIES="100ms 200ms 400ms 800ms 1s 1s 1s 1s $(printf '3s %.0s' {1..24})"
	export ECOM_NOTIFYD_WEBHOOK_RETRIES
	shop_up
	receiver_start
	ecomctl product create HOOK-1 --name Hook --price 5EUR --stock 100000 --status active
	ecomctl webhook create "$RECEIVER_URL/hook" --events orders.order.confirmed -q
}

arm() { # POINT[:NTH:ACTION]
	echo "$1" >"$faults/notifyd.new"
	mv "$faults/notifyd.new" "$faults/notifyd"
}

orders() { # COUNT
	"$BUILDDIR/bench/checkout" --shop "$SHOP" --sku HOOK- --clients 2 --count "$1" --patience 60 \
		--history "$SCRATCH/history-$RANDOM$RANDOM.ndjson" >>"$SCRATCH/log/load.log" 3>&- 4>&-
}

# Every confirmed order was heard of, and no delivery is left.
all_arrived() {
	local number
	for number in $(received hook); do
		jq -r '.data.order' "$RECEIVER/$number.body"
	done | sort -u >"$SCRATCH/heard"
	shop_sql orderd "SELECT order_id FROM order_event WHERE kind = 'confirmed'" | sort -u >"$SCRATCH/confirmed"
	[ -s "$SCRATCH/confirmed" ] && diff "$SCRATCH/confirmed" "$SCRATCH/heard" &&
		[ "$(shop_sql notifyd "SELECT count(*) FROM webhook_delivery WHERE status <> 'delivered'")" = 0 ]
}

@test "notifyd is killed at each point and the receiver fails: every confirmed order arrives" {
	local point how i=0
	while read -r point; do
		how=(200 500 200 drop 200 'slow 8000')
		receiver_does hook "${how[i++ % 6]}"
		arm "$point:1:kill"
		orders 3
		wait_for '[ ! -e "$faults/notifyd" ]' 180 || flunk "not passed: $point"
	done <<<"$points"
	receiver_does hook 200
	wait_for all_arrived 180 || { all_arrived; flunk 'not all arrived'; }
	# One id per order, however often it was sent.
	assert_equal "$(received_ids hook | wc -l)" "$(wc -l <"$SCRATCH/confirmed")"
}

@test "calls that fail are made again" {
	arm outbound.webhooks.before:1:fail
	orders 3
	wait_for '[ ! -e "$faults/notifyd" ]'
	arm outbound.webhooks.after:1:fail
	orders 3
	wait_for '[ ! -e "$faults/notifyd" ]'
	wait_for all_arrived 180 || { all_arrived; flunk 'not all arrived'; }
}
