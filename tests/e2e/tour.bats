#!/usr/bin/env bats
# Every line of the README's tour, on a fresh shop with the demo catalogue.

load ../lib

setup_file() {
	smtp_start
	export ECOM_NOTIFYD_SMTP_URL=smtp://127.0.0.1:$SMTP_PORT ECOM_NOTIFYD_SMTP_TLS=none
	shop_up
	"$SRCDIR/script/lib/demo" ecomctl >&2
}

# The lines after `$ ` in the console blocks; the shop under test has another port.
tour() {
	sed -n '/^```console$/,/^```$/s/^\$ //p' "$SRCDIR/README.md" |
		sed "s/127\.0\.0\.1:8080/127.0.0.1:$PORT/g"
}

# Money comes back only after it was taken, which happens in the background after the shipment. So does the
# invoice. And a service whose look at itself comes too late is unready for a moment.
run_line() {
	case $line in
	'ecomctl status' | 'ecomctl doctor' | 'ecomctl refund '* | 'ecomctl return refund '* | 'ecomctl invoice get '*)
		wait_for 'bash -o pipefail -c "$line" </dev/null'
		;;
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

# The files of Ada's mails that were made with a template, by their Message-IDs.
mail_of() { # TEMPLATE
	local id
	for id in $(shop_sql notifyd "SELECT id FROM notification WHERE template = '$1'
			AND recipient = 'ada@example.com'"); do
		grep -lr "^Message-ID: <$id@" "$SCRATCH/smtp/mail/new"
	done
}

@test "the mails of the tour's order are in the mailbox" {
	local template
	for template in order_confirmation shipment refund return_approved return_received; do
		wait_for "[ \"\$(mail_of $template | wc -l)\" = $([ "$template" = refund ] && echo 2 || echo 1) ]" ||
			flunk "$template: $(mail_of "$template")"
	done
}

@test "what came back is in the stock, and what was paid for it is paid back" {
	assert_equal "$(ecomctl stock get TOUR-MUG -o json | jq -c '.[] | [.on_hand, .allocated]')" '[8,0]'
	wait_for 'ecomctl return list -o json | jq -e ".[0].status == \"refunded\""'
	wait_for 'ecomctl invoice list -o json | jq -e "[.[].kind] | sort == [\"credit_note\", \"credit_note\", \"invoice\"]"'
	ecomctl ledger verify
	ecomctl invoice verify
}

@test "the demo catalogue is there once, however often it is loaded" {
	local before
	before=$(ecomctl product list -o name | wc -l)
	"$SRCDIR/script/lib/demo" ecomctl
	assert_equal "$(ecomctl product list -o name | wc -l)" "$before"
	[ "$before" -ge 200 ] || flunk "only $before products"
}
