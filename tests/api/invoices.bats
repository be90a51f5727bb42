#!/usr/bin/env bats
# Invoices and credit notes of orderd: numbers without gaps, documents that never change, sums to the cent.
load ../lib

setup_file() {
	pg_start orderd
	nats_start
	daemon_start orderd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
	ANN=$(token_for '' ann)
	BOB=$(token_for '' bob)
	STAFF=$(token_for 'orders:read orders:write shop:write' 00000000-0000-7000-8000-00000000c001)
	export ANN BOB STAFF
	sql "$(<"$BATS_TEST_DIRNAME/invoices.sql")" >/dev/null
	clock "'2029-06-15 12:00Z'::timestamptz + (clock_timestamp() - '$(sql 'SELECT now()')'::timestamptz)"
}

teardown() {
	logs_on_failure
}

teardown_file() {
	scratch_remove
}

sql() {
	pg_sql orderd "$@"
}

# clock EXPRESSION: the time of invoices, whose numbers begin again with each year.
clock() {
	sql "CREATE OR REPLACE FUNCTION invoice_now() RETURNS timestamptz LANGUAGE sql AS \$\$ SELECT $1 \$\$" >/dev/null
}

# As the daemon: the role that owns nothing.
as_orderd() {
	as_test_user "$PG_BINDIR/psql" -X -A -t -q -v ON_ERROR_STOP=1 "$(pg_url orderd)" -c "$1"
}

staff() {
	TOKEN=$STAFF FRONTEND=admin api "$@"
}

# order LINES [COUNTRY] [DISCOUNT]: a paid order of ann's with so many lines; prints its id
order() {
	sql "SELECT test_order($1, '${2:-DE}', ${3:-0})"
}

ship() { # ORDER [LINES]: what is open, or a part; prints the shipment's id
	sql "SELECT test_ship('$1', NULLIF('${2:-}', '')::jsonb)"
}

issue() {
	as_orderd "SELECT issued || coalesce(failed, '') FROM invoice_issue(ARRAY(SELECT id FROM shipment
		WHERE status = 'shipped' AND invoice IS NULL))"
}

refund() { # ORDER AMOUNT [LINES]: its id
	local id
	id=$(cat /proc/sys/kernel/random/uuid)
	as_orderd "SELECT invoice_credit(jsonb_build_object('order', '$1', 'refund', '$id', 'reason', 'came broken',
		'amount', jsonb_build_object('amount', $2, 'currency', 'EUR'), 'lines', NULLIF('${3:-}', '')::jsonb))" >/dev/null
	echo "$id"
}

fails() { # ORDER REFUND: the provider says so later
	as_orderd "SELECT invoice_reverse(jsonb_build_object('order', '$1', 'refund', '$2', 'status', 'failed'))" >/dev/null
}

gapless() {
	sql "SELECT bool_and(first = 1 AND last = count AND kept = last) FROM (SELECT min(seq) AS first, max(seq) AS last,
		count(*), (SELECT c.last FROM invoice_counter c WHERE c.kind = i.kind AND c.year = i.year) AS kept
		FROM invoice i GROUP BY kind, year) x"
}

verified() { # PROBLEM…: the differences that are found
	staff GET /v1/invoice-verification
	assert_status 200
	assert_equal "$(json '[.differences[].problem] | unique | join(" ")')" "$*"
}

@test "a shipment gets an invoice with all that was bought, frozen" {
	local id shipment
	id=$(order 2 DE 0)
	shipment=$(ship "$id")
	assert_equal "$(issue)" 1
	staff GET "/v1/orders/$id"
	assert_json '.invoices | length == 1 and .[0].kind == "invoice" and (.[0].number | test("^INV-20[0-9]{2}-000001$"))'
	TOKEN=$ANN api GET "/v1/orders/$id/invoices"
	assert_json '.data | length == 1'
	TOKEN=$ANN api GET "/v1/invoices/$(json '.data[0].number')"
	assert_status 200
	assert_json '.document as $d | .shipment == $shipment and .total == {amount: ($d.totals.total), currency: "EUR"}
		and .document.totals == {goods: 3185, discount: 0, shipping: 1490, tax: 747, net: 3928, total: 4675}
		and ([.document.lines[] | .total] == [1037, 2148]) and ([.document.lines[].name] == ["SKU-1", "A thing"])
		and .document.buyer.address[0] == "Ann Smith" and .document.seller.name == "Shop"
		and .document.taxes == [{name: "MwSt 19 %", rate_ppm: 190000, net: 3928, tax: 747}]' --arg shipment "$shipment"
	assert_header etag "^\"$(json .hash)\"\$"
	# What comes later changes nothing of it.
	staff GET /v1/shop
	staff PATCH /v1/shop -d '{"legal_name":"Blue Door GmbH","address":"Main Street 1\n10115 Berlin"}' -H 'If-Match: "1"'
	assert_status 200
	TOKEN=$ANN api GET "/v1/orders/$id/invoices"
	TOKEN=$ANN api GET "/v1/invoices/$(json '.data[0].number')"
	assert_json '.document.seller == {name: "Shop"}'
}

@test "each is told by an event, without names" {
	local written
	written=$(sql "SELECT json_build_object('subject', subject, 'data', body) FROM outbox
		WHERE subject = 'orders.invoice.issued'")
	[ -n "$written" ]
	events_check <<<"$written"
}

@test "another's invoices are not there" {
	local number
	number=$(sql "SELECT number FROM invoice LIMIT 1")
	for path in "" /pdf /text; do
		TOKEN=$BOB api GET "/v1/invoices/$number$path"
		assert_problem 404 not_found
		TOKEN='' api GET "/v1/invoices/$number$path"
		assert_problem 401 unauthenticated
		staff GET "/v1/invoices/$number$path"
		assert_status 200
		TOKEN=$ANN api GET "/v1/invoices/$number$path"
		assert_status 200
	done
	TOKEN=$ANN api GET /v1/invoices/INV-1999-000001/pdf
	assert_problem 404 not_found
}

@test "the daemon can add documents, and neither change nor remove them" {
	local statement
	for statement in "DELETE FROM refund_failed" "UPDATE invoice SET total_amount = 0" "UPDATE invoice SET text = ''" "DELETE FROM invoice" \
		"TRUNCATE invoice" "DELETE FROM invoice_counter"; do
		run as_orderd "$statement"
		[ "$status" != 0 ] && assert_contains "$output" 'permission denied'
	done
}

@test "parts of an order add up to the cent, whatever is rounded" {
	local country discount id part
	for country in DE US; do
		for discount in 0 1 7 333; do
			id=$(order 7 "$country" "$discount")
			for part in 1 2 3; do
				ship "$id" "[{\"line\":3,\"quantity\":1},{\"line\":$((part + 3)),\"quantity\":1}]" >/dev/null
				issue >/dev/null
			done
			ship "$id" >/dev/null
			issue >/dev/null
		done
	done
	assert_equal "$(sql "SELECT count(*) FROM orders o WHERE (o.total_amount, o.tax_amount, o.discount_amount, o.subtotal)
		<> (SELECT sum(total_amount), sum((document->'totals'->>'tax')::bigint),
			sum((document->'totals'->>'discount')::bigint), sum((document->'totals'->>'goods')::bigint)
		FROM invoice WHERE order_id = o.id)")" 0
	assert_equal "$(sql "SELECT count(*) FROM invoice, jsonb_array_elements(document->'lines') e
		WHERE (e->>'tax')::bigint < 0 OR (e->>'discount')::bigint < 0")" 0
	verified
}

@test "64 shipments at once: every number once, and none left out" {
	local pids=() i
	for i in {1..64}; do
		ship "$(order 1)" >/dev/null
	done
	sql "SELECT id FROM shipment WHERE invoice IS NULL AND status = 'shipped'" >"$BATS_TEST_TMPDIR/open"
	while read -r i; do
		as_orderd "SELECT issued FROM invoice_issue('{$i}')" >>"$BATS_TEST_TMPDIR/issued" 3>&- &
		pids+=($!)
	done <"$BATS_TEST_TMPDIR/open"
	wait "${pids[@]}"
	assert_equal "$(awk '{ n += $1 } END { print n }' "$BATS_TEST_TMPDIR/issued")" 64
	assert_equal "$(gapless)" t
	assert_equal "$(sql "SELECT count(*) - count(DISTINCT number) FROM invoice")" 0
}

@test "a transaction that fails takes its numbers back" {
	local before id
	before=$(sql "SELECT max(seq) FROM invoice WHERE kind = 'invoice'")
	id=$(ship "$(order 1)")
	run as_orderd "BEGIN; SELECT invoice_issue('{$id}'); SELECT 1 / 0; COMMIT"
	[ "$status" != 0 ]
	assert_equal "$(sql "SELECT max(seq) FROM invoice WHERE kind = 'invoice'")" "$before"
	# One that cannot be written waits with its reason; the others have theirs.
	sql "UPDATE shipment SET amount = amount + 1 WHERE id = '$id'" >/dev/null
	ship "$(order 1)" >/dev/null
	assert_contains "$(issue)" "1shipment $id"
	assert_equal "$(sql "SELECT max(seq) FROM invoice WHERE kind = 'invoice'")" $((before + 1))
	assert_equal "$(gapless)" t
	verified no_invoice
	sql "UPDATE shipment SET amount = amount - 1 WHERE id = '$id'" >/dev/null
	assert_equal "$(issue)" 1
	verified
}

@test "the worker is killed before and after it issued: nothing is issued twice or left out" {
	local point
	for point in statement.claim_invoices.after statement.issue_invoices.before statement.issue_invoices.after; do
		ship "$(order 1)" >/dev/null
		daemon_start orderd --instance orderd-2 --no-wait ECOM_INTERNAL_URL=http://127.0.0.1:1 \
			ECOM_FAULT="$point:1:kill" -- --role work
		wait_for '! process_alive $(process_pid orderd-2)'
		rm -f "$SCRATCH"/pids/*.orderd-2
	done
	# The leases of those that were killed.
	sql "UPDATE shipment SET invoice_due = NULL WHERE invoice IS NULL" >/dev/null
	daemon_start orderd --instance orderd-2 ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role work
	wait_for '[ "$(sql "SELECT count(*) FROM shipment WHERE invoice IS NULL")" = 0 ]'
	daemon_stop orderd-2
	assert_equal "$(gapless)" t
	assert_equal "$(sql "SELECT count(*) FROM invoice WHERE kind = 'invoice'")" "$(sql "SELECT count(*) FROM shipment")"
}

@test "a refund gets one credit note, which names what it corrects" {
	local id refund
	id=$(order 3)
	ship "$id" '[{"line":1,"quantity":1}]' >/dev/null
	ship "$id" >/dev/null
	refund=$(refund "$id" 1000 '[{"line":2,"quantity":1}]') # before the worker came: invoices are first
	as_orderd "SELECT invoice_credit('{\"order\":\"$id\",\"refund\":\"$refund\",\"amount\":{\"amount\":1000}}')"
	staff GET "/v1/orders/$id/invoices"
	assert_json '.data | length == 3 and .[2].kind == "credit_note" and .[2].refund == $refund
		and .[2].corrects == [.[0].number, .[1].number] and .[2].total.amount == 1000' --arg refund "$refund"
	staff GET "/v1/invoices/$(json '.data[2].number')"
	assert_json '.document.lines == [{line: 2, sku: "SKU-2", name: "A thing", quantity: 1}]
		and .document.refund.reason == "came broken" and .document.totals.tax == 160'
	# All of it back: all of the tax back.
	refund "$id" "$(sql "SELECT total_amount - 1000 FROM orders WHERE id = '$id'")" >/dev/null
	assert_equal "$(sql "SELECT sum(CASE kind WHEN 'invoice' THEN 1 ELSE -1 END * (document->'totals'->>'tax')::bigint),
		sum(CASE kind WHEN 'invoice' THEN 1 ELSE -1 END * total_amount) FROM invoice WHERE order_id = '$id'")" '0|0'
	assert_equal "$(gapless)" t
}

@test "a refund that fails after it had succeeded has its credit note reversed, once" {
	local id refund number i pids=()
	id=$(order 3)
	ship "$id" >/dev/null
	refund=$(refund "$id" 1000 '[{"line":2,"quantity":1}]')
	for i in {1..8}; do
		fails "$id" "$refund" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	# Its success is told once more, and a refund of the rest succeeds.
	as_orderd "SELECT invoice_credit('{\"order\":\"$id\",\"refund\":\"$refund\",\"amount\":{\"amount\":1000}}')"
	staff GET "/v1/orders/$id/invoices"
	assert_json '.data | map(.kind) == ["invoice", "credit_note", "credit_note_reversal"] and .[2].reverses == .[1].number
		and .[2].total == .[1].total and .[2].tax == .[1].tax and .[2].refund == $refund and .[1].reverses == null
		and .[2].corrects == [.[0].number] and (.[2].number | test("^CR-20[0-9]{2}-000001$"))' --arg refund "$refund"
	number=$(json '.data[2].number')
	staff GET "/v1/invoices/$number"
	assert_json '.document.lines[0].sku == "SKU-2" and .reverses == .document.reverses'
	staff GET "/v1/invoices/$number/text"
	assert_contains "$http_body" "Credit note reversal $number"
	assert_contains "$http_body" 'Reverses: CN-'
	staff GET "/v1/invoices/$number/pdf"
	assert_contains "$(pdftotext -layout "$http_body_file" -)" 'Credit note reversal'
	assert_contains "$(pdftotext -layout "$http_body_file" -)" 'CN-'
	staff GET "/v1/orders/$id"
	assert_json '.invoices | map(.kind) == ["invoice", "credit_note", "credit_note_reversal"]'
	staff GET "/v1/invoices?kind=credit_note_reversal"
	assert_json '.data | length == 1'
	# What was reversed is not credited: all of it back is all of the tax back.
	refund "$id" "$(sql "SELECT total_amount FROM orders WHERE id = '$id'")" >/dev/null
	assert_equal "$(sql "SELECT sum(s * (document->'totals'->>'tax')::bigint), sum(s * total_amount) FROM invoice,
		LATERAL (SELECT CASE kind WHEN 'credit_note' THEN -1 ELSE 1 END AS s) x WHERE order_id = '$id'")" '0|0'
	assert_equal "$(gapless)" t
	verified
}

@test "a failure that is heard of before its success leaves no document" {
	local id refund
	id=$(order 1)
	ship "$id" >/dev/null
	refund=$(cat /proc/sys/kernel/random/uuid)
	fails "$id" "$refund"
	as_orderd "SELECT invoice_credit('{\"order\":\"$id\",\"refund\":\"$refund\",\"amount\":{\"amount\":100}}')"
	staff GET "/v1/orders/$id/invoices"
	assert_json '.data | map(.kind) == ["invoice"]'
	assert_equal "$(gapless)" t
	# Nobody's order.
	fails "$refund" "$refund"
}

@test "a reversal is in the language of its order" {
	local id refund
	id=$(order 1)
	sql "UPDATE orders SET locale = 'de' WHERE id = '$id'"
	ship "$id" >/dev/null
	refund=$(refund "$id" 100)
	fails "$id" "$refund"
	staff GET "/v1/orders/$id/invoices"
	staff GET "/v1/invoices/$(json '.data[2].number')/text"
	assert_contains "$http_body" 'Storno einer Rechnungskorrektur CR-'
	assert_contains "$http_body" 'Storniert: CN-'
}

@test "an order that cost nothing has an invoice of nothing" {
	local id
	id=$(sql "SELECT test_free()")
	ship "$id" >/dev/null
	assert_equal "$(issue)" 1
	staff GET "/v1/orders/$id/invoices"
	assert_json '.data[0].total.amount == 0'
	verified
}

@test "numbers begin again with each year, and prefixes are the shop's" {
	clock "'2031-12-31 23:59:59.999Z'::timestamptz"
	ship "$(order 1)" >/dev/null
	issue >/dev/null
	clock "'2032-01-01 00:00Z'::timestamptz"
	staff GET /v1/shop
	staff PATCH /v1/shop -d '{"invoice_prefix":"RE"}' -H "If-Match: \"$(json .version)\""
	ship "$(order 1)" >/dev/null
	ship "$(order 1)" >/dev/null
	issue >/dev/null
	clock "'2029-06-15 13:00Z'::timestamptz + (clock_timestamp() - '$(sql 'SELECT now()')'::timestamptz)"
	assert_equal "$(sql "SELECT number FROM invoice WHERE year > 2030 ORDER BY year, seq")" \
		$'INV-2031-000001\nRE-2032-000001\nRE-2032-000002'
	assert_equal "$(gapless)" t
	verified
	staff GET "/v1/invoices?year=2032&limit=1"
	assert_json '.data[0].number == "RE-2032-000002" and .next != null'
	staff GET "/v1/invoices?year=2032&limit=1&after=$(json .next)"
	assert_json '.data[0].number == "RE-2032-000001" and .next == null'
	staff GET "/v1/invoices?kind=credit_note"
	assert_json '.data | length == 5'
	staff GET "/v1/invoices?since=2032-01-01T00:00:00Z"
	assert_json '.data | length == 2'
	TOKEN=$(token_for '') FRONTEND=admin api GET /v1/invoices
	assert_problem 403 insufficient_scope
}

@test "a prefix that was the other kind's is refused" {
	staff GET /v1/shop
	staff PATCH /v1/shop -d '{"credit_note_prefix":"INV"}' -H "If-Match: \"$(json .version)\""
	assert_problem 409 shop_prefix_used
}

@test "text and PDF are answered as files, and not again to who has them" {
	local number etag
	number=$(sql "SELECT number FROM invoice WHERE year < 2030 ORDER BY issued_at LIMIT 1")
	TOKEN=$ANN api GET "/v1/invoices/$number/text"
	assert_header content-type '^text/plain; charset=utf-8'
	assert_header content-disposition "^attachment; filename=\"$number.txt\"\$"
	assert_contains "$http_body" "Invoice $number"
	assert_contains "$http_body" '46.75 EUR'
	TOKEN=$ANN api GET "/v1/invoices/$number/pdf"
	assert_header content-type '^application/pdf'
	assert_header content-disposition "^attachment; filename=\"$number.pdf\"\$"
	etag=$(header etag)
	assert_contains "$(pdftotext -layout "$http_body_file" -)" "$number"
	TOKEN=$ANN api GET "/v1/invoices/$number/pdf" -H "If-None-Match: $etag"
	assert_status 304
}

# On a busy machine some are sent away to come again.
printed() { # NUMBER
	staff GET "/v1/invoices/$1/pdf"
	[ "$http_status" = 200 ]
}

@test "PDFs are made on several threads at once, each the same" {
	local number i pids=() sums
	number=$(sql "SELECT number FROM invoice WHERE kind = 'credit_note' LIMIT 1")
	for i in {1..16}; do
		(BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/XXXXXX") && wait_for "printed $number" &&
			sha256sum <"$http_body_file" >>"$SCRATCH/sums") 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(sort "$SCRATCH/sums" | uniq -c | awk '{ print $1 }')" 16
}

@test "what was tampered with is found" {
	local number
	number=$(sql "SELECT number FROM invoice WHERE year < 2030 ORDER BY issued_at LIMIT 1")
	sql "UPDATE invoice SET document = jsonb_set(document, '{buyer,name}', '\"Somebody else\"') WHERE number = '$number'"
	verified hash_differs
	sql "UPDATE invoice SET hash = invoice_hash(document) WHERE number = '$number'"
	verified
	sql "DELETE FROM invoice WHERE number = 'RE-2032-000001'"
	verified gap
	sql "UPDATE orders SET refunded_amount = 5, captured_amount = total_amount + 10, status = 'completed',
		updated_at = now() - interval '1 hour' WHERE number = (SELECT min(number) FROM orders)"
	verified 'credit_differs gap not_invoiced'
	sql "UPDATE orders SET refunded_amount = 0, captured_amount = 0 WHERE number = (SELECT min(number) FROM orders)"
	verified gap
	assert_json '.unpaid[0] == {order: "100001", amount: {amount: 4675, currency: "EUR"}}'
}
