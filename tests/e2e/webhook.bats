#!/usr/bin/env bats
# Webhooks of a whole shop: nothing lost and nothing sent where it must not go, whatever the receiver does,
# and the commands for them.
bats_require_minimum_version 1.5.0
load ../lib
load ../lib/webhooks

setup_file() {
	shop_up
	shop_down
	# So many times that a slow machine does not come to their end before the receiver is well again.
	cat >>"$STATE/ecom.yaml" <<-END
		notifyd:
		  webhook_allow: [127.0.0.1]
		  webhook_timeout: 4s
		  webhook_retries: [100ms, 200ms, 400ms, 400ms, 800ms, 800ms, $(printf '2s, %.0s' {1..24})2s]
	END
	shop_up
	receiver_start
	ecomctl product create MUG-1 --name Mug --price 12.90EUR --stock 1000 --status active -q
}

setup() {
	name=w$BATS_TEST_NUMBER
}

teardown() {
	ecomctl webhook list -q | xargs -r -n 1 ecomctl webhook delete --yes >/dev/null
	logs_on_failure
}

# The id of an order that was confirmed.
place() {
	local cart number
	cart=$(ecomctl cart create --currency EUR -q)
	ecomctl cart add "$cart" MUG-1 -n 1 >/dev/null
	number=$(ecomctl cart checkout "$cart" --email ann@example.com --name 'Ann Smith' --line1 'Main Street 1' \
		--postal-code 10115 --city Berlin --country DE --payment-token tok_success --wait -q)
	ecomctl order get "$number" -o json | jq -r .id
}

# webhook URL EVENTS: sets id and secret.
webhook() {
	local made
	made=$(ecomctl webhook create "$1" --events "$2" -o json 2>/dev/null)
	id=$(jq -r .id <<<"$made") secret=$(jq -r .secret <<<"$made")
}

# confirmed NAME ORDER…: the receiver has heard of each.
confirmed() {
	local number order heard
	heard=$(for number in $(received "$1"); do jq -r '.data.order' "$RECEIVER/$number.body"; done)
	for order in "${@:2}"; do
		grep -q "$order" <<<"$heard" || return 1
	done
}

# The numbers of the requests of /NAME with an event of this type; others may come beside them.
received_of() { # TYPE NAME
	local number
	for number in $(received "$2"); do
		[ "$(jq -r .type "$RECEIVER/$number.body")" != "$1" ] || echo "$number"
	done
}

received_tests() { # NAME
	received_of webhooks.test "$1"
}

# Deliveries of tests of $id, the newest first.
tests_delivered() {
	ecomctl webhook deliveries "$id" --status delivered --since 1h -o json |
		jq -r '.[] | select(.type == "webhooks.test").id'
}

@test "a receiver that fails, is slow, cuts, redirects and comes back: nothing lost, nothing elsewhere" {
	local orders=() how number
	webhook "$RECEIVER_URL/$name" orders.order.confirmed
	for how in 500 'slow 12000' cut drop "redirect $RECEIVER_URL/private" "redirect http://169.254.169.254/latest/"; do
		receiver_does "$name" "$how"
		orders+=("$(place)")
	done
	receiver_does "$name" 200
	wait_for 'confirmed $name '"${orders[*]}"
	wait_for '[ "$(ecomctl webhook deliveries "$id" --status delivered -q | wc -l)" = 6 ]'
	assert_equal "$(received_count private)" 0
	assert_equal "$(received_ids "$name" | wc -l)" 6
	for number in $(received "$name"); do
		assert_signed "$number" "$secret"
	done
}

@test "notifyd killed again and again: every confirmed order arrives" {
	local orders=() i
	webhook "$RECEIVER_URL/$name" orders.order.confirmed
	receiver_does "$name" 'slow 100'
	for i in 1 2 3 4; do
		orders+=("$(place)")
		kill -KILL "$(shop_processes | while read -r pid; do
			[[ $(readlink "/proc/$pid/exe") == */notifyd ]] && echo "$pid"; done | head -n 1)" || true
		orders+=("$(place)")
	done
	wait_for 'confirmed $name '"${orders[*]}"
	wait_for '[ "$(ecomctl webhook deliveries "$id" --status delivered -q | wc -l)" = 8 ]'
	assert_equal "$(received_ids "$name" | wc -l)" 8
}

@test "a private address is refused where it is given" {
	run --separate-stderr ecomctl webhook create https://10.0.0.7/hook --events 'orders.>'
	assert_equal "$status" 7
	assert_contains "$stderr" webhook_allow
	run -7 ecomctl webhook create 'http://[::1]:1/' --events 'orders.>'
	run -7 ecomctl webhook create 'https://user:secret@example.com/' --events 'orders.>'
	run ! grep -r user:secret "$STATE/log"
}

@test "create, get, list, update, rotate, test, deliveries, delivery, resend, replay, delete" {
	local delivery first
	run --separate-stderr ecomctl webhook create "$RECEIVER_URL/$name" --events 'orders.order.*,carts.>' -d 'The ERP' -o json
	assert_equal "$status" 0
	assert_contains "$stderr" 'shown this once'
	id=$(jq -r .id <<<"$output") first=$(jq -r .secret <<<"$output")
	run --separate-stderr ecomctl webhook get "$id" -o json
	jq -e '.description == "The ERP" and .events == ["orders.order.*", "carts.>"] and (has("secret") | not)' <<<"$output"
	assert_equal "$(ecomctl webhook list -q)" "$id"
	ecomctl webhook update "$id" --events orders.order.confirmed -q
	run --separate-stderr ecomctl webhook test "$id" -o json
	assert_equal "$status" 0
	jq -e '.status == "delivered" and .type == "webhooks.test"' <<<"$output"
	assert_signed "$(received_tests "$name")" "$first"
	secret=$(ecomctl webhook rotate "$id" -o json 2>/dev/null | jq -r .secret)
	ecomctl webhook test "$id" -q
	assert_signed "$(received_tests "$name" | tail -n 1)" "$secret" "$first"
	receiver_does "$name" '500 out of order'
	run --separate-stderr ecomctl webhook test "$id"
	assert_equal "$status" 1
	assert_contains "$stderr" 'not delivered'
	receiver_does "$name" 200
	wait_for '[ "$(tests_delivered | wc -l)" = 3 ]'
	delivery=$(tests_delivered | head -n 1)
	run --separate-stderr ecomctl webhook delivery "$delivery" -o json
	jq -e '.log[0] | .status == 500 and .answer == "out of order"' <<<"$output"
	ecomctl webhook resend "$delivery" -q
	order=$(place)
	wait_for 'confirmed $name '"$order"
	run --separate-stderr ecomctl webhook replay "$id" --since 1h --events 'orders.>' -o json
	jq -e '.replayed >= 1' <<<"$output"
	wait_for '[ "$(grep -l "$order" "$RECEIVER"/*.body | wc -l)" -ge 2 ]'
	ecomctl webhook update "$id" --status disabled -q
	run --separate-stderr ecomctl webhook test "$id"
	assert_equal "$status" 6
	ecomctl webhook delete "$id" --yes -q
	run --separate-stderr ecomctl webhook get "$id"
	assert_equal "$status" 3
}

@test "tail shows what is sent as it is sent" {
	webhook "$RECEIVER_URL/$name" orders.order.confirmed
	ecomctl webhook tail "$id" --count 2 --for 200s -o ndjson >"$SCRATCH/tail" 3>&- &
	# It begins at a position of its own: tests are sent until it shows one.
	wait_for 'ecomctl webhook test "$id" -q; [ -s "$SCRATCH/tail" ]'
	ecomctl webhook test "$id" -q
	wait
	jq -se 'length == 2 and all(.type == "webhooks.test" and .outcome == "delivered" and .status == 200)' "$SCRATCH/tail"
}

@test "forward: events come to a local program, which may be away, and so may notifyd" {
	local orders=() pid number
	receiver_does "$name" 500
	ecomctl webhook forward "$RECEIVER_URL/$name" --events orders.order.confirmed -o ndjson \
		>"$SCRATCH/forward" 2>"$SCRATCH/forward.err" 3>&- &
	pid=$!
	wait_for 'grep -q forwarding "$SCRATCH/forward.err"'
	secret=$(sed -n 's/^signing with //p' "$SCRATCH/forward.err")
	orders+=("$(place)")
	wait_for '[ -s "$SCRATCH/forward" ]' # it was answered, not only heard
	confirmed "$name" "${orders[0]}"
	receiver_does "$name" 200
	kill -KILL "$(shop_processes | while read -r p; do
		[[ $(readlink "/proc/$p/exe") == */notifyd ]] && echo "$p"; done | head -n 1)"
	orders+=("$(place)")
	wait_for 'confirmed $name '"${orders[1]}"
	process_stop receiver
	orders+=("$(place)")
	wait_for 'grep -q "the events wait" "$SCRATCH/forward.err"'
	process_start receiver "$LIBEXEC/receiver-double" "$RECEIVER" "${RECEIVER_URL##*:}"
	wait_for 'confirmed $name '"${orders[2]}"
	for number in $(received "$name"); do
		assert_signed "$number" "$secret"
	done
	kill -INT "$pid"
	wait "$pid" || true
	assert_equal "$(received_ids "$name" | wc -l)" 3
	jq -se 'length == 3 and (map(.outcome) | .[0] == "refused" and .[1] == "delivered" and .[2] == "delivered")' "$SCRATCH/forward"
	# What it made for itself is gone.
	assert_equal "$(ecomctl webhook list -q)" ''
}

@test "410 disables, staff get a notice, and an event tells it" {
	webhook "$RECEIVER_URL/$name" 'orders.>'
	webhook_gone=$id
	webhook "$RECEIVER_URL/watch-$name" 'notifications.>'
	receiver_does "$name" 410
	place >/dev/null
	wait_for '[ "$(ecomctl webhook get "$webhook_gone" -o json | jq -r .reason)" = gone ]'
	wait_for '[ -n "$(received_of notifications.webhook.disabled "watch-$name")" ]'
	jq -e --arg id "$webhook_gone" '.data == {webhook: $id, reason: "gone", version: 2}' \
		"$RECEIVER/$(received_of notifications.webhook.disabled "watch-$name" | head -n 1).body"
	assert_equal "$(shop_sql notifyd "SELECT refs->>'reason' FROM notification
		WHERE key = 'webhook_disabled:$webhook_gone:2'")" '410 refused by the receiver'
}

@test "no secret in any log" {
	run ! grep -r whsec_ "$STATE/log" "$SCRATCH/log"
}
