# Arms fault points one after the other, in all daemons at once, while a load of whole life cycles
# runs. What a daemon passes it writes down itself (see lib/base/fault.h).
# shellcheck shell=bash

fault_daemons='catalogd cartd orderd paymentd'

faults_open() {
	local daemon
	faults=$SCRATCH/faults
	mkdir -p "$faults"
	for daemon in $fault_daemons; do
		touch "$faults/$daemon".{done,missed,passed,armed}
	done
	touch "$faults/visited"
	[ "$(id -u)" != 0 ] || chown -R "$TEST_USER" "$faults"
	export faults ECOM_FAULT=@$faults
}

# Filters out the points of faults.unreached.
faults_known() {
	grep -vE "^($(sed '/^#/d; /^$/d' "$SRCDIR/tests/chaos/faults.unreached" | paste -sd'|'))(\.ack)?\.(before|after)$"
}

# What is to happen at the points that a daemon has passed, and did not happen yet; last what was waited
# for in vain: rare points are passed more often when the others no longer disturb the load.
faults_left() { # DAEMON
	local left
	left=$(awk '!seen[$0]++' "$faults/$1.passed" | faults_known | awk '{
		print $0 ":1:kill"
		if (/^(call|outbound|relay)\./) print $0 ":1:fail"
	}' | grep -vxF -f "$faults/$1.done") || true
	[ -n "$left" ] || return 0
	grep -vxF -f "$faults/$1.missed" <<<"$left" || true
	grep -xF -f "$faults/$1.missed" <<<"$left" || true
}

# Gives the daemon its next point; false when it has none. A rename: the daemon reads whole files.
fault_arm_next() { # DAEMON
	local entry
	entry=$(faults_left "$1" | head -n 1)
	[ -n "$entry" ] || return 1
	echo "$entry" | tee -a "$faults/$1.done" >"$faults/$1.new"
	faults_visited >"$faults/$1.armed"
	rm -f "$faults/$1.started"
	mv "$faults/$1.new" "$faults/$1"
}

# How often all that the load does not do was done.
faults_visited() {
	wc -l <"$faults/visited"
}

fault_is_older() { # DAEMON SECONDS
	[ -n "$(find "$faults/$1.armed" -not -newermt "-$2 seconds")" ]
}

# Some points are passed at a start only.
fault_restart() { # DAEMON
	[ ! -e "$faults/$1.started" ] || return 0
	touch "$faults/$1.started"
	kill -KILL "$(jq -r .pid "$STATE/run/$1-1.child" 2>/dev/null)" 2>/dev/null || true
}

# What was armed some seconds ago and not passed: each time it is waited for longer, on a slow machine too, and
# every other time without a restart, which would end what leads to it.
fault_wait() { # DAEMON
	local misses
	misses=$(grep -cxF "$(tail -n 1 "$faults/$1.done")" "$faults/$1.missed") || true
	if fault_is_older "$1" $((10 + 10 * misses)) && [ "$(faults_visited)" -ge $(($(<"$faults/$1.armed") + 2)) ]; then
		fault_put_back "$1"
	elif [ $((misses % 2)) = 0 ]; then
		fault_restart "$1"
	fi
}

# Its turn comes again, at most three times.
fault_put_back() { # DAEMON
	local entry
	entry=$(tail -n 1 "$faults/$1.done")
	rm "$faults/$1" 2>/dev/null || return 0
	echo "$entry" >>"$faults/$1.missed"
	[ "$(grep -cxF "$entry" "$faults/$1.missed")" -ge 3 ] || sed -i '$d' "$faults/$1.done"
}

# One look at each daemon; false when nothing is left to do.
faults_turn() {
	local daemon idle=1
	for daemon in $fault_daemons; do
		if [ ! -e "$faults/$daemon" ]; then
			fault_arm_next "$daemon" || continue
		elif fault_is_older "$daemon" 3; then
			fault_wait "$daemon"
		fi
		idle=0
	done
	return "$idle"
}

# --- what the load does not do --------------------------------------------------------------------

# visit METHOD URL [BODY]: once, whatever comes of it; the answer's body.
visit() {
	curl -s -m 5 -X "$1" ${TOKEN:+-H "Authorization: Bearer $TOKEN"} -H 'Content-Type: application/json' \
		${3:+-d "$3"} "$2" || true
}

visit_desk() {
	local TOKEN item=visit-$RANDOM
	TOKEN=$(<"$SCRATCH/secrets/admin-token")
	visit POST "$ADMIN/v1/categories" "{\"slug\":\"$item\",\"name\":\"A\"}"
	visit POST "$ADMIN/v1/products" "{\"sku\":\"$item\",\"name\":\"A\",\"price\":{\"amount\":1,\"currency\":\"EUR\"}}"
	visit POST "$ADMIN/v1/locations" '{"code":"depot","name":"Depot"}'
	visit POST "$ADMIN/v1/stock/F-1/adjust" '{"quantity":1,"reason":"found"}'
	visit POST "$ADMIN/v1/stock/F-1/receive" '{"quantity":2}'
	visit POST "$ADMIN/v1/stock/F-2/set" '{"quantity":100000}'
	visit POST "$ADMIN/v1/stock/F-3/transfer" '{"from":"main","to":"depot","quantity":1}'
	visit POST "$ADMIN/v1/stock/F-4/threshold" '{"threshold":10}'
	# Less than is allocated: its orders become short, until it is found again.
	visit POST "$ADMIN/v1/stock/F-7/count" '{"quantity":0}'
	visit POST "$ADMIN/v1/stock/F-7/count" '{"quantity":100000}'
}

visit_orders() {
	local TOKEN order
	TOKEN=$(<"$SCRATCH/secrets/admin-token")
	order=$(visit GET "$ADMIN/v1/orders?status=confirmed&limit=1" | jq -r '.data[0].number // empty')
	[ -n "$order" ] || return 0
	visit POST "$ADMIN/v1/orders/$order/notes" '{"text":"A note"}'
	visit POST "$ADMIN/v1/orders/$order/hold" '{"reason":"fraud_check"}'
	visit POST "$ADMIN/v1/orders/$order/resume"
}

visit_cart() {
	visit POST "$SHOP/v1/carts" '{"currency":"EUR"}' | jq -r '.id // empty'
}

visit_carts() {
	local TOKEN guest first second
	TOKEN='' guest=$(visit POST "$SHOP/v1/guests" | jq -r '.access_token // empty')
	TOKEN=$guest first=$(visit_cart) second=$(visit_cart)
	[ -n "$first" ] && [ -n "$second" ] || return 0
	visit POST "$SHOP/v1/carts/$first/lines" '{"sku":"F-1","quantity":2}'
	visit POST "$SHOP/v1/carts/$second/lines" '{"sku":"F-2","quantity":2}'
	visit PATCH "$SHOP/v1/carts/$first/lines/F-1" '{"quantity":3}'
	visit POST "$SHOP/v1/carts/$first/coupons" '{"code":"FAULT"}'
	visit POST "$SHOP/v1/carts/$second/coupons" '{"code":"OTHER"}'
	visit DELETE "$SHOP/v1/carts/$first/coupons/fault"
	visit POST "$SHOP/v1/carts/$first/validation" '{"accept":true}'
	visit POST "$SHOP/v1/carts/$first/merge" "{\"from\":\"$second\",\"guest_token\":\"$guest\"}"
	visit DELETE "$SHOP/v1/carts/$first/lines/F-1"
	visit DELETE "$SHOP/v1/carts/$first"
}

# return_act NAME VERB [BODY]: at the version that it has now.
return_act() {
	local version
	version=$(visit GET "$ADMIN/v1/returns/$1" | jq -r '.version // empty')
	[ -n "$version" ] || return 0
	curl -s -m 5 -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
		-H "If-Match: \"$version\"" ${3:+-d "$3"} "$ADMIN/v1/returns/$1/$2" || true
}

# Of an order that was shipped: one return is declined, one called off, and one goes all the way.
visit_returns() {
	local TOKEN order name act acts
	TOKEN=$(<"$SCRATCH/secrets/admin-token")
	order=$(visit GET "$ADMIN/v1/orders?status=completed&payment=captured&limit=1" | jq -r '.data[0].number // empty')
	[ -n "$order" ] || return 0
	# What the catalogue said of a product is good for a minute: another one is asked for each time.
	visit POST "$ADMIN/v1/orders/$order/returns" \
		"{\"reason\":\"regret\",\"exchange\":[{\"sku\":\"none-$RANDOM$RANDOM\",\"quantity\":1}]}"
	for acts in decline cancel 'approve receive refund'; do
		name=$(visit POST "$ADMIN/v1/orders/$order/returns" \
			'{"reason":"regret","exchange":[{"sku":"F-1","quantity":1}]}' | jq -r '.number // empty')
		[ -n "$name" ] || return 0
		for act in $acts; do
			case $act in
			decline) return_act "$name" decline '{"resolution":"worn"}' ;;
			cancel) return_act "$name" cancel ;;
			receive) return_act "$name" receive '{"exchange":false}' ;;
			*) return_act "$name" "$act" '{}' ;;
			esac
		done
	done
}

# A draft is thrown away; another one is changed, placed and paid by hand.
visit_drafts() {
	local TOKEN draft order
	TOKEN=$(<"$SCRATCH/secrets/admin-token")
	draft=$(visit_draft)
	[ -n "$draft" ] || return 0
	curl -s -m 5 -X DELETE -H "Authorization: Bearer $TOKEN" -H 'If-Match: "1"' "$ADMIN/v1/order-drafts/$draft"
	draft=$(visit_draft)
	curl -s -m 5 -X PATCH -H "Authorization: Bearer $TOKEN" -H 'If-Match: "1"' -H 'Content-Type: application/json' \
		-d '{"note":"By hand"}' "$ADMIN/v1/order-drafts/$draft"
	order=$(visit POST "$ADMIN/v1/order-drafts/$draft/place" \
		'{"total":{"amount":100,"currency":"EUR"},"payment_method":"cash_on_delivery"}' | jq -r '.number // empty')
	[ -n "$order" ] || return 0
	sleep 1
	visit POST "$ADMIN/v1/payment-records" "{\"order\":\"$order\",\"amount\":{\"amount\":100,\"currency\":\"EUR\"},\"reference\":\"$order\"}"
}

visit_draft() {
	visit POST "$ADMIN/v1/order-drafts" '{"email":"draft@example.org","lines":[{"sku":"F-5","quantity":1,
		"price":{"amount":100,"currency":"EUR"}}],"shipping":{"amount":0,"currency":"EUR"},"shipping_address":
		{"name":"Ann","line1":"Way","city":"Berlin","country":"DE"}}' | jq -r '.id // empty'
}

# Until $SCRATCH/stop is there; the last thing is that everything counted away is back.
visits() {
	until [ -e "$SCRATCH/stop" ]; do
		visit_desk
		visit_orders
		visit_returns
		visit_drafts
		visit_carts
		echo >>"$faults/visited"
		sleep 0.2
	done
	until TOKEN=$(<"$SCRATCH/secrets/admin-token") visit POST "$ADMIN/v1/stock/F-7/count" '{"quantity":100000}' |
		jq -e .sku; do
		sleep 0.2
	done
}
