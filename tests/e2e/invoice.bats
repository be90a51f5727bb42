#!/usr/bin/env bats
# Settings of the shop and the invoices of what it shipped, through ecomctl: as text, as PDF, checked.
load ../lib

bats_require_minimum_version 1.5.0

setup_file() {
	shop_up
	ecomctl product create INV-MUG --name 'Blue mug — 青いマグ' --price 10.37EUR --stock 100 --status active -q
	ecomctl shop set name='Blue Door' legal_name='Blue Door GmbH' address=$'Main Street 1\n10115 Berlin' \
		tax_id=DE123456789 sender=shop@example.org invoice_note='Thank you.' -q
	ordered 7 'Zoë Müller 山田太郎 محمد علي e̊́' >"$SCRATCH/order"
	ecomctl order ship "$(<"$SCRATCH/order")" --line INV-MUG=3 --carrier DHL -q
	invoices 1
}

expect() { # EXIT CODE, ecomctl arguments
	local wanted=$1
	shift
	run --separate-stderr ecomctl "$@"
	[ "$status" = "$wanted" ] || flunk "ecomctl $*: exit $status, not $wanted
$output
$stderr"
}

ordered() { # PIECES NAME [TOKEN]: a confirmed order; its number
	local cart
	cart=$(ecomctl cart create --currency EUR -q)
	ecomctl cart add "$cart" INV-MUG -n "$1" -q >/dev/null
	ecomctl cart checkout "$cart" --email zoe@example.com --name "$2" --line1 Weg --postal-code 10115 \
		--city Berlin --country DE --payment-token "${3:-tok_success}" --wait -q
}

invoices() { # HOW MANY the order has, in the end
	wait_for "[ \"\$(ecomctl invoice get $(<"$SCRATCH/order") -q | wc -l)\" = $1 ]"
}

# The share of pixels of a page that are not white, in parts per thousand.
ink() { # PNM FILE
	tail -c +16 "$1" | od -An -v -tu1 -w1 | awk '{ n++; if ($1 < 128) dark++ } END { printf "%d", 1000 * dark / n }'
}

@test "settings are shown and set, and what is wrong is said before it is sent" {
	expect 0 shop get -o json
	jq -e '.name == "Blue Door" and .sender == "shop@example.org" and .currencies == []' <<<"$output"
	expect 0 shop set currencies=EUR,CHF locales=en,de,fr
	expect 0 shop get
	assert_contains "$output" '["CHF","EUR"]'
	expect 0 shop set currencies= tax_id=DE123456789
	expect 0 shop get -o json
	jq -e '.currencies == [] and .locales == ["de", "en", "fr"]' <<<"$output"
	local case
	for case in sender=nobody currencies=EUX locale=english nmae=x name= 'name' $'sender=a@b.c\nBcc: d@e.f' \
		$'name=a\rb'; do
		expect 2 shop set "$case"
	done
	expect 2 shop set nmae=x
	assert_contains "$stderr" 'did you mean name?'
	expect 7 shop set locale=it
	expect 6 shop set name=Other --if-version 1
}

@test "an invoice is listed, shown and printed as text" {
	local number
	number=$(ecomctl invoice get "$(<"$SCRATCH/order")" -q)
	[[ $number =~ ^INV-20[0-9]{2}-000001$ ]]
	expect 0 invoice list --order "$(<"$SCRATCH/order")" -o json
	jq -e 'length == 1 and .[0].number == $number and .[0].kind == "invoice"' --arg number "$number" <<<"$output"
	expect 0 invoice get "$number"
	assert_contains "$output" "$number"
	expect 0 invoice get "$number" --text
	assert_contains "$output" 'Blue Door GmbH'
	assert_contains "$output" '3 x 10.37'
	assert_contains "$output" 'Zoë Müller 山田太郎 محمد علي e̊́'
	expect 3 invoice get 999999999
	expect 3 invoice get INV-1999-000001
	expect 2 invoice get "$number" --text --pdf x.pdf
}

@test "its PDF is a page with all of it, in any script, and the same each time" {
	local number file=$BATS_TEST_TMPDIR/a.pdf words
	number=$(ecomctl invoice get "$(<"$SCRATCH/order")" -q)
	expect 0 invoice get "$(<"$SCRATCH/order")" --pdf "$file" -q
	expect 0 invoice get "$number" --pdf "$BATS_TEST_TMPDIR/b.pdf"
	cmp "$file" "$BATS_TEST_TMPDIR/b.pdf"
	ecomctl invoice get "$number" --pdf - >"$BATS_TEST_TMPDIR/c.pdf"
	cmp "$file" "$BATS_TEST_TMPDIR/c.pdf"
	words=$(pdftotext -layout "$file" -)
	assert_contains "$words" "$number"
	assert_contains "$words" '31.11'
	assert_contains "$words" 'Blue Door GmbH'
	assert_contains "$words" 'Zoë Müller'
	assert_contains "$words" '山田太郎'
	assert_contains "$words" '青いマグ'
	assert_contains "$words" 'Page 1 of 1'
	# Letters of Arabic and accents on letters come as their own code points, in the order of the page.
	[[ $words == *م* && $words == *ع* ]] || flunk "no Arabic in: $words"
	pdffonts "$file" | tail -n +3 | awk '$(NF - 4) != "yes" { exit 1 }' # all embedded
	assert_equal "$(pdfinfo "$file" | sed -n 's/^Page size: *//p')" '595.28 x 841.89 pts (A4)'
	assert_contains "$(pdfinfo "$file")" "$number"
	pdftoppm -gray -r 60 "$file" "$BATS_TEST_TMPDIR/page"
	[ "$(ink "$BATS_TEST_TMPDIR/page-1.pgm")" -ge 5 ]
	[ "$(ink "$BATS_TEST_TMPDIR/page-1.pgm")" -le 200 ]
}

@test "the customer reads his own, through the shop's frontend" {
	local number
	number=$(ecomctl invoice get "$(<"$SCRATCH/order")" -q)
	http GET "$SHOP/v1/invoices/$number/pdf"
	assert_status 401
}

@test "a refund brings a credit note, and several documents need several files" {
	local order
	order=$(<"$SCRATCH/order")
	wait_for "ecomctl order get $order -o json | jq -e '.captured.amount > 0'"
	expect 0 refund create "$order" --amount 10EUR --reason 'came broken' -q
	invoices 2
	expect 2 invoice get "$order" --pdf "$BATS_TEST_TMPDIR/x.pdf"
	assert_contains "$stderr" 'CN-'
	expect 0 invoice get "$order" --pdf "$BATS_TEST_TMPDIR/a-%n.pdf"
	mkdir "$BATS_TEST_TMPDIR/folder"
	expect 0 invoice get "$order" --pdf "$BATS_TEST_TMPDIR/folder" -o json
	[ "$(find "$BATS_TEST_TMPDIR/folder" -name '*.pdf' | wc -l)" = 2 ]
	cmp "$BATS_TEST_TMPDIR"/a-CN-*.pdf "$BATS_TEST_TMPDIR"/folder/CN-*.pdf
	assert_contains "$(pdftotext "$BATS_TEST_TMPDIR"/folder/CN-*.pdf -)" 'Credit note'
	assert_contains "$(pdftotext "$BATS_TEST_TMPDIR"/folder/CN-*.pdf -)" "$(ecomctl invoice list --kind invoice -q)"
}

@test "a refund that the bank sends back has its credit note reversed" {
	local order
	order=$(ordered 1 Zoë tok_refund_back_300)
	ecomctl order ship "$order" -q
	wait_for "ecomctl order get $order -o json | jq -e '.captured.amount > 0'"
	expect 0 refund create "$order" --all --reason 'came broken' -q
	wait_for "ecomctl invoice list --order $order -o json | jq -e 'map(.kind) | sort ==
		[\"credit_note\", \"credit_note_reversal\", \"invoice\"]'"
	expect 0 invoice list --order "$order" --kind credit_note_reversal -q
	expect 0 invoice get "$output" --pdf "$BATS_TEST_TMPDIR/reversal.pdf"
	assert_contains "$(pdftotext "$BATS_TEST_TMPDIR/reversal.pdf" -)" 'Credit note reversal'
	wait_for "ecomctl order get $order -o json | jq -e '.refunded.amount == 0'"
	shop_sql orderd "UPDATE orders SET updated_at = now() - interval '2 minutes' WHERE number = '$order'"
	expect 0 invoice verify
}

@test "verify agrees, and names what was changed behind its back" {
	expect 0 invoice verify
	shop_sql orderd "UPDATE invoice SET document = document || '{\"note\": \"other\"}' WHERE kind = 'invoice'"
	expect 1 invoice verify -o json
	jq -e '.[0].problem == "hash_differs"' <<<"$output"
	shop_sql orderd "UPDATE invoice SET document = document || '{\"note\": \"Thank you.\"}'"
	expect 0 invoice verify
}

@test "a long order goes on on more pages, each with its head and its number" {
	local file=$BATS_TEST_TMPDIR/long.pdf cart i order
	cart=$(ecomctl cart create --currency EUR -q)
	for i in {1..40}; do
		ecomctl product create "LONG-$i" --name "A thing with a long name that says what it is for, number $i" \
			--price 1EUR --stock 5 --status active -q >/dev/null
		ecomctl cart add "$cart" "LONG-$i" -q >/dev/null
	done
	order=$(ecomctl cart checkout "$cart" --email zoe@example.com --name Zoe --line1 Weg --postal-code 10115 \
		--city Berlin --country DE --payment-token tok_success --wait -q)
	ecomctl order ship "$order" -q
	wait_for "ecomctl invoice get $order -q"
	expect 0 invoice get "$order" --pdf "$file"
	[ "$(pdfinfo "$file" | sed -n 's/^Pages: *//p')" = 3 ] || flunk "$(pdfinfo "$file")"
	assert_contains "$(pdftotext -f 2 -l 2 "$file" -)" 'Page 2 of 3'
	assert_contains "$(pdftotext -f 2 -l 2 "$file" -)" 'Quantity'
}
