#!/usr/bin/env bats
# Every line of the README's tour, on a fresh shop with the demo catalogue.

load ../lib

setup_file() {
	shop_up
	"$SRCDIR/script/lib/demo" ecomctl >&2
}

# The lines after `$ ` in the console blocks; the shop under test has another port.
tour() {
	sed -n '/^```console$/,/^```$/s/^\$ //p' "$SRCDIR/README.md" |
		sed "s/127\.0\.0\.1:8080/127.0.0.1:$PORT/g"
}

# Money comes back only after it was taken, which happens in the background after the shipment.
run_line() {
	case $line in
	'ecomctl refund '*) wait_for 'bash -o pipefail -c "$line" </dev/null' 20 ;;
	*) bash -o pipefail -c "$line" </dev/null ;;
	esac
}

order_is() { # JQ EXPRESSION
	ecomctl order list -o json >"$BATS_TEST_TMPDIR/orders" && jq -e "$1" "$BATS_TEST_TMPDIR/orders"
}

@test "the README's tour runs line by line" {
	local line count=0
	cd "$BATS_TEST_TMPDIR"
	while read -r line; do
		echo "\$ $line"
		run_line || flunk "exit $? from: $line"
		count=$((count + 1))
	done < <(tour)
	[ "$count" -ge 25 ] || flunk "only $count lines"
}

@test "the order of the tour is shipped and partly refunded" {
	wait_for 'order_is "length == 1 and .[0].payment == \"partly_refunded\""' ||
		flunk "$(cat "$BATS_TEST_TMPDIR/orders")"
	order_is '.[0].status == "completed" and .[0].fulfilment == "shipped"'
}

@test "the mails of the tour's order are in the mailbox" {
	local words
	for words in 'Subject: Your order ' 'Subject: Refund for your order '; do
		wait_for "grep -lr '^$words' '$STATE/mail/new'" 20
	done
	wait_for "grep -lr '^Subject: Your order .* is on its way' '$STATE/mail/new'" 20
	assert_equal "$(grep -lr '^To: <ada@example.com>\|^ <ada@example.com>' "$STATE/mail/new" | wc -l)" \
		"$(shop_sql notifyd "SELECT count(*) FROM notification WHERE status = 'sent'
			AND recipient = 'ada@example.com'")"
}

@test "the demo catalogue is there once, however often it is loaded" {
	local before
	before=$(ecomctl product list -o name | wc -l)
	"$SRCDIR/script/lib/demo" ecomctl
	assert_equal "$(ecomctl product list -o name | wc -l)" "$before"
	[ "$before" -ge 200 ] || flunk "only $before products"
}
