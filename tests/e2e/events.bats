#!/usr/bin/env bats
# Events and jobs of a whole shop: from the terminal, as documented, and traced by order.
load ../lib
bats_require_minimum_version 1.5.0

setup_file() {
	shop_up
	ecomctl category create mugs --name Mugs -q
	ecomctl product create MUG-1 --name Mug --price 12.90EUR --stock 10 --status active -q
	ecomctl product update MUG-1 --category mugs --stock 8 -q
	place >"$SCRATCH/order"
}

setup() {
	ORDER=$(<"$SCRATCH/order")
}

# The number of an order that was confirmed.
place() { # [TOKEN]
	local cart
	cart=$(ecomctl cart create --currency EUR -q)
	ecomctl cart add "$cart" MUG-1 -n 2 >/dev/null
	ecomctl cart checkout "$cart" --email ann@example.com --name 'Ann Smith' --line1 'Main Street 1' \
		--postal-code 10115 --city Berlin --country DE --payment-token "${1:-tok_success}" --wait -q
}

# A stream that nothing was published to is not there, and nothing waits in it.
all_quiet() {
	[ "$(ecomctl event lag -o ndjson | jq -s 'map(.pending // 0) | all(. == 0)')" = true ]
}

@test "every event is as docs/events.md says" {
	ecomctl order ship "$ORDER" --carrier DHL --tracking JD0146 -q
	wait_for '[ "$(ecomctl order get "$ORDER" -o json | jq -r ".status + \" \" + .payment")" = "completed captured" ]'
	place tok_decline >/dev/null 2>&1 || true
	ecomctl product archive MUG-1 -q --yes >/dev/null
	run --separate-stderr ecomctl event list --limit 0 -o ndjson
	[ "$status" = 0 ] || flunk "$status $stderr"
	echo "$output" >"$SCRATCH/events"
	events_check <"$SCRATCH/events"
	for subject in catalog.product.updated catalog.stock.changed orders.order.placed orders.order.confirmed \
		orders.shipment.shipped orders.order.completed payments.payment.authorized payments.payment.captured; do
		grep -q "\"$subject\"" "$SCRATCH/events" || flunk "no $subject"
	done
	run ! grep -E "ann@example|Ann Smith|Main Street" "$SCRATCH/events"
}

@test "event list: the newest first over all services, filters, every format" {
	run --separate-stderr ecomctl event list --limit 0 -o ndjson
	# Of two that were written at once by one service the later one may have begun earlier: it counts as that late.
	assert_equal "$(jq -rs 'reduce .[] as $e ({}; .last[$e.service] = ([.last[$e.service] // $e.time, $e.time] | min) |
		.times += [.last[$e.service]]) | .times | . == (sort | reverse)' <<<"$output")" true
	run --separate-stderr ecomctl event list --subject orders.order. --limit 2 -q
	[[ ${lines[0]} == ORDERS-* ]]
	[ "${#lines[@]}" = 2 ]
	run --separate-stderr ecomctl event list --service catalogd --since 1h -o json
	jq -e 'map(.service) | unique == ["catalogd"]' <<<"$output"
	run --separate-stderr ecomctl event list --aggregate MUG-1 -o csv
	[[ ${lines[0]} == time,id,subject,aggregate,version,sent_at,service,data ]]
	run --separate-stderr ecomctl event list --since nonsense
	assert_equal "$status" 7
}

@test "event tail: what was, and then what comes, without gaps" {
	ecomctl event tail --service catalogd --subject catalog.category. -n 1 --count 4 --for 200s -o ndjson \
		>"$SCRATCH/tail" 3>&- &
	wait_for '[ -s "$SCRATCH/tail" ]'
	ecomctl category create cups --name Cups -q
	ecomctl category create pots --name Pots -q
	ecomctl category create pans --name Pans -q
	wait
	assert_equal "$(jq -r .subject "$SCRATCH/tail" | tail -n 3 | sort -u)" catalog.category.created
	assert_equal "$(wc -l <"$SCRATCH/tail")" 4
	run ! grep GAP "$SCRATCH/tail"
	assert_equal "$(ecomctl event tail --service userd --for 1s --subject none. -o json)" '[]'
}

@test "event lag: nothing waits, and consumers are named" {
	wait_for all_quiet
	run --separate-stderr ecomctl event lag -o ndjson
	assert_contains "$output" '"orderd-take_payments"'
	jq -se 'map(select(.name == "outbox")) | length == 6' <<<"$output"
}

@test "event replay: published again, and no second effect" {
	local before after
	before=$(ecomctl order get "$ORDER" -o json)
	run --separate-stderr ecomctl event replay --since 1h --no-input
	assert_equal "$status" 2
	run --separate-stderr ecomctl event replay --since 1h --yes -o ndjson
	assert_equal "$status" 0
	jq -se 'map(.replayed) | add > 5' <<<"$output"
	wait_for all_quiet
	after=$(ecomctl order get "$ORDER" -o json)
	assert_equal "$after" "$before"
	run --separate-stderr ecomctl event replay --service userd --since 1h --until 2020-01-01T00:00:00Z --yes -o json
	jq -e '. == [{"service": "userd", "replayed": 0}]' <<<"$output"
}

@test "job list, get and retry over all services" {
	local id
	id=$(shop_sql catalogd "INSERT INTO job (queue, payload, state, attempt, reason, settled_at)
		VALUES ('event:nobody', '{\"a\":1}', 'dead', 5, 'test', now()) RETURNING id" | head -n 1)
	run --separate-stderr ecomctl job list --state dead -o ndjson
	jq -e --arg id "$id" 'select(.id == $id) | .service == "catalogd" and .tries == 5' <<<"$output"
	run --separate-stderr ecomctl job get "$id" -o json
	jq -e '.payload.a == 1 and .state == "dead"' <<<"$output"
	run --separate-stderr ecomctl job retry "$id" -o ndjson
	jq -e '.state == "queued" and .tries == 0' <<<"$output"
	run --separate-stderr ecomctl job retry 00000000-0000-7000-8000-000000000000
	assert_equal "$status" 3
}

@test "order trace: all of it in order of time, from every service" {
	run --separate-stderr ecomctl order trace "$ORDER" -o ndjson
	assert_equal "$status" 0
	jq -se 'map(.time) | . == sort' <<<"$output"
	jq -se 'map(select(.source == "order").what) | contains(["placed", "confirmed", "completed"])' <<<"$output"
	jq -se 'map(select(.source == "stock").what) | sort == ["allocated", "shipped"]' <<<"$output"
	jq -se 'map(select(.source == "payment").what) | contains(["authorized", "captured"])' <<<"$output"
	jq -se 'map(select(.source | startswith("orderd-"))) | length > 0' <<<"$output"
	run --separate-stderr ecomctl order trace 999999
	assert_equal "$status" 3
}
