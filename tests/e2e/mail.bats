#!/usr/bin/env bats
# Mails of a whole shop under load, while the mail server goes away and comes back. SMTP_SECONDS: for how
# long.
bats_require_minimum_version 1.5.0
load ../lib

CLIENTS=3

setup_file() {
	smtp_start
	export ECOM_NOTIFYD_SMTP_URL=smtp://127.0.0.1:$SMTP_PORT ECOM_NOTIFYD_SMTP_TLS=none
	export ECOM_NOTIFYD_MAIL_DOMAIN=shop.example
	shop_up
	ecomctl shop set name='Mail & Co' sender=orders@shop.example reply_to=help@shop.example \
		url=https://shop.example >/dev/null
	ecomctl product create LOADED --name 'A <loaded> thing' --price 10EUR --stock 100000 \
		--status active >/dev/null
}

guest_token() {
	curl -sS -X POST "$SHOP/v1/guests" | jq -r .access_token
}

# order TOKEN EMAIL [LOCALE]: a new cart, ordered and paid; prints the order's number.
order() {
	local token=$1 cart version lines total
	shop() {
		curl -sS --max-time 60 -X "$1" "$SHOP$2" -H "Authorization: Bearer $token" \
			-H 'Content-Type: application/json' "${@:3}"
	}
	cart=$(shop POST /v1/carts -d '{"currency":"EUR"}' | jq -r .id)
	read -r version lines < <(shop POST "/v1/carts/$cart/lines" -d '{"sku":"LOADED","quantity":1}' |
		jq -r '"\(.version) \([.lines[] | {sku, quantity, price}] | tojson)"')
	total=$(shop POST /v1/order-previews -d "{\"lines\":$lines,\"shipping_method\":\"standard\",
		\"shipping_address\":{\"country\":\"DE\"}}" | jq -c .total)
	shop POST /v1/orders -H "Idempotency-Key: $(</proc/sys/kernel/random/uuid)" -H 'Prefer: wait=30' \
		-d "$(jq -n -c --arg cart "$cart" --argjson version "$version" --argjson lines "$lines" \
			--argjson total "$total" --arg email "$2" '{$cart, cart_version: $version, $lines, $total,
			$email, name: "Ann Load", shipping_method: "standard", payment_token: "tok_success",
			shipping_address: {name: "Ann", line1: "Main Street 1", city: "Berlin",
			postal_code: "10115", country: "DE"}}')" | jq -r 'select(.status == "confirmed") | .number'
}

# One client: orders until the file `enough` is there or the shop is gone, a number a line.
client() {
	local token number
	token=$(guest_token)
	while [ -d "$SCRATCH" ] && [ ! -e "$SCRATCH/enough" ]; do
		number=$(order "$token" "load-$1@customer.example") || continue
		[ -z "$number" ] || echo "$number" >>"$SCRATCH/ordered.$1"
	done
}

ordered() {
	cat "$SCRATCH"/ordered.* 2>/dev/null | wc -l
}

unsent() {
	shop_sql notifyd "SELECT count(*) FROM notification WHERE status IN ('new', 'queued')"
}

# Every order that was confirmed has a mail that names it.
all_told() {
	local mail
	for mail in $(smtp_mails load-); do
		mail_header "$mail" Subject
	done | grep -o '[0-9]*$' | sort -u >"$SCRATCH/told"
	sort -u "$SCRATCH"/ordered.* | comm -23 - "$SCRATCH/told" >"$SCRATCH/untold"
	[ ! -s "$SCRATCH/untold" ]
}

@test "the mail server is away under load: orders go on, and every mail arrives afterwards" {
	local i pids=() before during
	for ((i = 1; i <= CLIENTS; i++)); do
		client "$i" 3>&- 4>&- &
		pids+=($!)
	done
	wait_for '[ "$(ordered)" -ge 3 ]'
	smtp_wait 1
	smtp_stop KILL
	before=$(ordered)
	# Not a wait for something: this is how long it is away.
	sleep "${SMTP_SECONDS:-4}"
	wait_for "[ \"\$(ordered)\" -ge $((before + 3)) ]"
	wait_for '[ "$(shop_sql notifyd "SELECT failures FROM channel WHERE name = '"'email'"'")" -ge 1 ]'
	during=$(ordered)
	touch "$SCRATCH/enough"
	smtp_start
	wait "${pids[@]}"
	[ "$during" -gt "$before" ]
	# Confirmations that have been made are sent; none is missing, none was refused.
	wait_for '[ "$(shop_sql notifyd "SELECT count(*) FROM notification
		WHERE template = '"'order_confirmation' AND status = 'sent'"'")" -ge "$(ordered)" ]' 90
	wait_for '[ "$(unsent)" = 0 ]'
	assert_equal "$(shop_sql notifyd "SELECT count(*) FROM notification WHERE status = 'dead'")" 0
	# Some may still lie in the server's spool.
	wait_for all_told || flunk "no mail of the orders: $(tr '\n' ' ' <"$SCRATCH/untold")"
	# Nobody was reached, so nothing was tried in vain.
	assert_equal "$(shop_sql notifyd "SELECT count(*) FROM notification WHERE tries > 1")" 0
}

@test "a mail that is dead is found and sent again by hand" {
	local number id again
	touch "$SCRATCH/smtp/closed"
	number=$(order "$(guest_token)" closed-bob@customer.example)
	[ -n "$number" ]
	wait_for "[ \"\$(ecomctl notification list --status dead --order $number -q)\" ]"
	id=$(ecomctl notification list --status dead --order "$number" -q)
	run ecomctl notification describe "$id"
	assert_contains "$output" 'this mailbox is closed'
	wait_for "ecomctl event list --service notifyd -o json |
		jq -e 'any(.subject == \"notifications.notification.dead\" and .data.notification == \"$id\")
			or any(.[]; .subject == \"notifications.notification.dead\" and .aggregate == \"$id\")'"
	rm "$SCRATCH/smtp/closed"
	again=$(ecomctl notification resend "$id" -q)
	[ "$again" != "$id" ]
	wait_for "[ \"\$(ecomctl notification get $again -o json | jq -r '.status // .[0].status')\" = sent ]"
	smtp_wait 1 closed-bob@customer.example
	assert_contains "$(mail_header "$(smtp_mails closed-bob@customer.example)" Subject)" "$number"
	assert_contains "$(mail_text "$(smtp_mails closed-bob@customer.example)")" 'A <loaded> thing'
	assert_contains "$(mail_html "$(smtp_mails closed-bob@customer.example)")" 'A &lt;loaded&gt; thing'
}

@test "previews show an order as its mail says it; a test tells what the server said" {
	local number
	number=$(order "$(guest_token)" load-9@customer.example)
	run ecomctl notification preview order_confirmation --order "$number" --locale de -o table
	[ "$status" -eq 0 ]
	assert_contains "$output" "Subject: Ihre Bestellung $number"
	assert_contains "$output" 'A <loaded> thing'
	run ecomctl notification preview order_confirmation --order "$number" --html -o table
	assert_contains "$output" 'A &lt;loaded&gt; thing'
	run ecomctl notification preview shipment -o json
	[ "$(jq -r .subject <<<"$output")" = 'Your order 1001 is on its way' ]
	run ecomctl notification test me@customer.example
	[ "$status" -eq 0 ]
	smtp_wait 1 me@customer.example
	assert_contains "$(mail_header "$(smtp_mails me@customer.example)" From)" '"Mail & Co" <orders@shop.example>'
	run ecomctl notification test unknown-me@customer.example
	[ "$status" -eq 1 ]
	assert_contains "$output" 'there is no such mailbox'
	run ecomctl notification test nobody
	[ "$status" -eq 7 ]
	[[ $(ecomctl completion bash) == *"'notification preview'"*"order_confirmation"* ]]
}
