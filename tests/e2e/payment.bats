#!/usr/bin/env bats
# ecomctl payment, refund and ledger against a whole shop.
load ../lib

bats_require_minimum_version 1.5.0

setup_file() {
	shop_up
}

expect() { # EXIT CODE, ecomctl arguments
	local wanted=$1
	shift
	run --separate-stderr ecomctl "$@"
	[ "$status" = "$wanted" ] || flunk "ecomctl $*: exit $status, not $wanted
$output
$stderr"
}

record() { # JQ FILTER about the output of `expect … -o json`
	jq -e "$1" <<<"$output" >/dev/null || flunk "not so: $1
$output"
}

wait_for_refund() { # ID STATUS
	wait_for "[ \"\$(ecomctl refund get $1 -o json | jq -r .status)\" = $2 ]"
}

@test "a payment is listed, shown, captured in parts and released" {
	shop_payment tok_success
	expect 0 payment list --order "$ORDER" -o json
	record 'length == 1 and .[0].status == "authorized" and .[0].amount == {"amount":5000,"currency":"EUR"}'
	expect 0 payment list --order "$ORDER"
	assert_contains "$output" '50.00 EUR'
	expect 0 payment get "$PAYMENT"
	expect 0 payment describe "$PAYMENT"
	assert_contains "$output" 'authorized'
	expect 2 payment capture "$PAYMENT" --amount 10USD
	expect 6 payment capture "$PAYMENT" --amount 50.01EUR
	expect 0 payment capture "$PAYMENT" --amount 10EUR
	wait_for "[ \"\$(ecomctl payment get $PAYMENT -o json | jq .captured.amount)\" = 1000 ]"
	expect 2 payment void "$PAYMENT"
	expect 0 payment void "$PAYMENT" --yes
	wait_for '[ "$(payment_status)" = captured ]'
	expect 0 payment events "$PAYMENT" -o json
	record '[.[].kind] == ["authorized", "captured", "voided"]'
	expect 6 payment void "$PAYMENT" --yes
	expect 3 payment get 01a20515-3c33-78cf-bd50-71204c55409a
}

@test "a refund is previewed, made, requested, approved and rejected" {
	shop_captured tok_success 50000
	expect 0 refund preview "$ORDER" --amount 10EUR -o json
	record '.possible and .amount.amount == 1000 and .refundable.amount == 50000'
	expect 2 refund create "$ORDER" --reason x
	expect 2 refund create "$ORDER" --amount 10EUR
	expect 0 refund create "$ORDER" --amount 10EUR --reason 'came broken' -o json
	wait_for_refund "$(jq -r .id <<<"$output")" succeeded
	expect 6 refund create "$ORDER" --amount 490.01EUR --reason more
	shop_refund 20000
	expect 0 refund list --status requested --order "$ORDER" -o json
	record 'length == 1'
	expect 0 refund approve "$REFUND" --note fine
	wait_for_refund "$REFUND" succeeded
	shop_refund 100
	expect 0 refund reject "$REFUND" --note no -o json
	record '.status == "rejected" and .note == "no"'
	expect 6 refund approve "$REFUND"
	expect 0 refund create "$ORDER" --all --reason rest -o json
	record '.amount.amount == 29000'
}

@test "the ledger agrees, and what does not agree is shown with exit code 1" {
	shop_captured tok_success 700
	expect 0 ledger list --order "$ORDER" -o json
	record 'map(.debit) | sort == ["clearing", "holds", "receivable"]'
	expect 0 ledger verify -o json
	assert_equal "$output" '[]'
	shop_sql paymentd "UPDATE ledger_transfer SET amount = 699 WHERE payment_id = '$PAYMENT' AND debit = 'clearing'"
	expect 1 ledger verify -o json
	record "length == 1 and .[0].payment == \"$PAYMENT\" and .[0].ledger == 699"
	shop_sql paymentd "UPDATE ledger_transfer SET amount = 700 WHERE payment_id = '$PAYMENT' AND debit = 'clearing'"
	expect 0 ledger verify
}

@test "a provider's report is reconciled as NDJSON and CSV" {
	shop_captured tok_success 1234
	wait_for '[ "$(shop_sql paymentd "SELECT count(*) FROM payment_operation WHERE state IN ('"'queued','calling','asked'"')")" = 0 ]'
	expect 0 api GET /v1/sandbox/report
	jq -c '.data[]' <<<"$output" >"$SCRATCH/report.ndjson"
	expect 0 payment reconcile "$SCRATCH/report.ndjson" -o json
	assert_equal "$output" '[]'
	jq -s -r '["reference","kind","amount","currency","occurred_at","note"],
		(.[] | [.reference, .kind, "\(.amount / 100)", .currency, .occurred_at, "x"]) | @csv' \
		"$SCRATCH/report.ndjson" >"$SCRATCH/report.csv"
	expect 0 payment reconcile "$SCRATCH/report.csv" -o json
	sed 's/12\.34/12.33/' "$SCRATCH/report.csv" >"$SCRATCH/wrong.csv"
	expect 1 payment reconcile "$SCRATCH/wrong.csv" -o json
	record 'all(.difference == "amount_differs" and .report == 1233 and .event == 1234)'
	sed -n '1p' "$SCRATCH/report.csv" | sed 's/amount/sum/' >"$SCRATCH/bad.csv"
	expect 7 payment reconcile "$SCRATCH/bad.csv"
	expect 2 payment reconcile "$SCRATCH/nothing.csv"
}
