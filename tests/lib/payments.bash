# Payments in a whole shop without an order: as if orderd had asked for them.
# shellcheck shell=bash

# shop_payment TOKEN [AMOUNT]: sets PAYMENT (id) and ORDER (number) and waits until it is decided.
shop_payment() {
	PAYMENT=$(</proc/sys/kernel/random/uuid)
	ORDER=W-${PAYMENT:0:8}
	shop_sql paymentd "SELECT payment_request('[{\"payment\":\"$PAYMENT\",\"order\":\"$(</proc/sys/kernel/random/uuid)\",
		\"number\":\"$ORDER\",\"owner\":\"nobody\",\"token\":\"$1\",
		\"amount\":{\"amount\":${2:-5000},\"currency\":\"EUR\"}}]')" >/dev/null
	wait_for "[ \"\$(payment_status)\" != pending ]"
}

payment_status() {
	shop_sql paymentd "SELECT status FROM payment WHERE id = '$PAYMENT'"
}

# The same, and all of it captured.
shop_captured() {
	shop_payment "$@"
	shop_sql paymentd "SELECT payment_capture(gen_random_uuid(), '$PAYMENT', NULL, true)" >/dev/null
	wait_for '[ "$(payment_status)" = captured ]'
}

# shop_refund AMOUNT: one that somebody requested for PAYMENT; sets REFUND.
shop_refund() {
	REFUND=$(shop_sql paymentd "SELECT refund_create(gen_random_uuid(), '$PAYMENT', NULL, $1, false,
		'test', NULL, 'somebody', '{}')")
}

# shop_unsent: a refund of a payment by hand, whose money was not sent yet; sets REFUND.
shop_unsent() {
	shop_payment manual_cash_on_delivery
	ecomctl payment record "$ORDER" --amount 50EUR --reference cash -q >/dev/null
	shop_sql paymentd "SELECT payment_capture(gen_random_uuid(), '$PAYMENT', NULL, true)" >/dev/null
	wait_for '[ "$(payment_status)" = captured ]'
	REFUND=$(shop_sql paymentd "SELECT refund_create(gen_random_uuid(), '$PAYMENT', NULL, 100, false,
		'test', NULL, 'somebody', '{refunds:approve}')")
}

# shop_uncollected: cash that was to be taken at the door, and was not; sets PAYMENT.
shop_uncollected() {
	shop_payment manual_cash_on_delivery
	shop_sql paymentd "SELECT payment_capture(gen_random_uuid(), '$PAYMENT', NULL, true)" >/dev/null
}
