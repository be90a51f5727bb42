#!/usr/bin/env bats
# The stock ledger: what people, orders and carts do with stock, one by one and all at once.
load ../lib

bats_require_minimum_version 1.5.0

setup_file() {
	pg_start catalogd
	nats_start
	daemon_start catalogd
	STAFF=$(token_for 'catalog:write stock:read stock:write')
	PEER=$(token_for 'catalog:read stock:allocate' orderd internal)
	export STAFF PEER
	staff POST /v1/locations -d '{"code":"outlet","name":"Outlet","position":5}'
	assert_status 201
}

staff() { # METHOD PATH [curl arguments]
	TOKEN=$STAFF FRONTEND=admin api "$@"
}

peer() {
	TOKEN=$PEER FRONTEND=internal api "$@"
}

product() { # SKU [STOCK]
	staff POST /v1/products -d "{\"sku\":\"$1\",\"name\":\"Thing\",\"status\":\"active\",
		\"price\":{\"amount\":1999,\"currency\":\"EUR\"},\"stock\":${2:-null}}"
	assert_status 201
}

act() { # SKU VERB BODY [curl arguments]
	staff POST "/v1/stock/$1/$2" -d "$3" "${@:4}"
}

uuid() { # NUMBER: the same id for the same number
	printf '%08d-0000-7000-8000-%012d' "$BATS_TEST_NUMBER" "$1"
}

allocate() { # ORDER SKU QUANTITY [SKU QUANTITY…]
	local order=$1 asked='' line=0
	shift
	while [ $# -gt 0 ]; do
		line=$((line + 1))
		asked+="${asked:+,}{\"line\":$line,\"sku\":\"$1\",\"quantity\":$2}"
		shift 2
	done
	peer POST /v1/allocations -d "{\"orders\":[{\"order\":\"$(uuid "$order")\",\"lines\":[$asked]}]}"
	assert_status 200
}

status_of() { # of the only order, release or shipment in the answer
	json '.data[0].status'
}

level() { # SKU [LOCATION]: on_hand allocated held
	pg_sql catalogd "SELECT on_hand, allocated, held FROM stock_level
		WHERE sku = '$1' AND location = '${2:-main}'"
}

shop_stock() { # SKU: what the shop shows
	api GET "/v1/products/$1"
	json .stock
}

verified() {
	staff GET /v1/stock-verification
	assert_json '.differences == 0 and .data == []'
}

# pgbench_run CLIENTS TRANSACTIONS SCRIPT: as the owner; fails when a client does.
pgbench_run() {
	printf '%s\n' "$3" >"$SCRATCH/script.sql"
	chmod 0644 "$SCRATCH/script.sql"
	as_test_user "$PG_BINDIR/pgbench" -n -c "$1" -j 2 -t "$2" -f "$SCRATCH/script.sql" \
		"$(pg_url catalogd catalogd_owner)" >"$SCRATCH/pgbench.log" 2>&1 &&
		! grep -E 'ERROR|aborted' "$SCRATCH/pgbench.log" ||
		flunk "$(tail -n 5 "$SCRATCH/pgbench.log")"
}

# at_once COUNT VERB SKU BODY [KEY]: that many equal requests; their statuses, counted.
at_once() {
	local i config=$SCRATCH/at_once
	for ((i = 0; i < $1; i++)); do
		[ "$i" = 0 ] || echo next
		printf 'url = "http://%s/v1/stock/%s/%s"\nrequest = POST\ndata = "%s"\noutput = /dev/null\n' \
			"$(daemon_address)" "$3" "$2" "${4//\"/\\\"}"
		printf 'header = "Content-Type: application/json"\nheader = "X-Ecom-Frontend: admin"\n'
		printf 'header = "Authorization: Bearer %s"\nheader = "%s"\n' "$STAFF" \
			"$(<"$SCRATCH/secrets/gateway-catalogd.header")"
		[ -z "${5:-}" ] || printf 'header = "Idempotency-Key: %s"\n' "$5"
		printf 'write-out = "%%{http_code}\\n"\n'
	done >"$config"
	curl -s --parallel --parallel-max 64 -K "$config" | sort | uniq -c | awk '{print $2 "x" $1}' | xargs
}

# --- people -----------------------------------------------------------------------------------------

@test "stock is received, adjusted, set and counted, and the ledger says why" {
	product DESK-1
	act DESK-1 adjust '{"quantity":1,"reason":"found"}'
	assert_problem 409 stock_untracked
	act DESK-1 receive '{"quantity":10,"reference":"PO-1"}'
	assert_status 200
	assert_json '.tracked and .on_hand == 10 and .available == 10 and (.levels | length == 1)'
	act DESK-1 adjust '{"quantity":-3,"reason":"broken"}'
	assert_json '.on_hand == 7'
	act DESK-1 set '{"quantity":20}'
	assert_json '.on_hand == 20'
	act DESK-1 count '{"quantity":18}'
	assert_json '.on_hand == 18'
	assert_equal "$(shop_stock DESK-1)" 18
	staff GET '/v1/stock-movements?sku=DESK-1'
	assert_json '[.data[] | [.kind, .quantity, .on_hand, .reason, .cause_type, .cause_id == "PO-1"]] == [
		["adjusted", -2, 18, null, "count", false], ["adjusted", 13, 20, null, "user", false],
		["adjusted", -3, 7, "broken", "user", false], ["received", 10, 10, null, "user", true]]
		and all(.data[]; .actor != null)'
	act DESK-1 adjust '{"quantity":-19,"reason":"theft"}'
	assert_problem 409 stock_short
	assert_json '.detail == "DESK-1: 18 available at main"'
	act DESK-1 adjust '{"quantity":-1}'
	assert_invalid /reason required
	act NONE adjust '{"quantity":1,"reason":"x"}'
	assert_problem 404 not_found
	act DESK-1 receive '{"quantity":1,"location":"moon"}'
	assert_problem 422 location_unknown
	verified
}

@test "a stale version changes nothing, and a key has one effect" {
	product DESK-2 5
	staff GET /v1/stock/DESK-2
	local version
	version=$(json '.levels[0].version')
	act DESK-2 adjust "{\"quantity\":1,\"reason\":\"x\",\"version\":$((version + 7))}"
	assert_problem 412 stock_changed
	act DESK-2 adjust "{\"quantity\":1,\"reason\":\"x\",\"version\":$version}" -H 'Idempotency-Key: desk-2'
	assert_json '.on_hand == 6'
	local first=$http_body
	act DESK-2 adjust "{\"quantity\":1,\"reason\":\"x\",\"version\":$version}" -H 'Idempotency-Key: desk-2'
	assert_status 200
	assert_header idempotent-replayed true
	assert_equal "$http_body" "$first"
	act DESK-2 adjust '{"quantity":2,"reason":"x"}' -H 'Idempotency-Key: desk-2'
	assert_problem 422 idempotency_key_reused
	assert_equal "$(level DESK-2)" '6|0|0'
}

@test "stock moves between locations" {
	product MOVE-1 10
	act MOVE-1 transfer '{"from":"main","to":"outlet","quantity":4}'
	assert_json '.on_hand == 10 and [.levels[] | [.location, .on_hand]] == [["main", 6], ["outlet", 4]]'
	act MOVE-1 transfer '{"from":"outlet","to":"main","quantity":5}'
	assert_problem 409 stock_short
	act MOVE-1 transfer '{"from":"main","to":"main","quantity":1}'
	assert_problem 422 stock_transfer_nowhere
	act MOVE-1 transfer '{"from":"main","to":"moon","quantity":1}'
	assert_problem 422 location_unknown
	assert_equal "$(shop_stock MOVE-1)" 10
	verified
}

@test "the product's field writes through the ledger" {
	product FIELD-1 7
	assert_equal "$(level FIELD-1)" '7|0|0'
	staff PATCH /v1/products/FIELD-1 -H 'If-Match: "1"' -d '{"stock":3}'
	assert_json '.stock == 3 and .version == 2'
	staff PATCH /v1/products/FIELD-1 -H 'If-Match: "2"' -d '{"stock":3}'
	assert_json '.stock == 3 and .version == 2'
	allocate 1 FIELD-1 2
	staff PATCH /v1/products/FIELD-1 -H 'If-Match: "2"' -d '{"stock":5}'
	assert_json '.stock == 5'
	assert_equal "$(level FIELD-1)" '7|2|0'
	staff PATCH /v1/products/FIELD-1 -H 'If-Match: "3"' -d '{"stock":null}'
	assert_problem 409 stock_in_use
	peer POST /v1/releases -d "{\"releases\":[{\"id\":\"$(uuid 9)\",\"order\":\"$(uuid 1)\"}]}"
	staff PATCH /v1/products/FIELD-1 -H 'If-Match: "3"' -d '{"stock":null}'
	assert_json '.stock == null'
	assert_equal "$(shop_stock FIELD-1)" null
	staff GET /v1/stock/FIELD-1
	assert_json '.tracked == false and .levels == []'
	staff PATCH /v1/products/FIELD-1 -H 'If-Match: "4"' -d '{"stock":0}'
	assert_json '.stock == 0'
	verified
}

@test "the answer about a product changes its ETag with the stock" {
	product TAG-1 5
	api GET /v1/products/TAG-1
	local tag
	tag=$(header etag)
	api GET /v1/products/TAG-1 -H "If-None-Match: $tag"
	assert_status 304
	allocate 1 TAG-1 1
	api GET /v1/products/TAG-1 -H "If-None-Match: $tag"
	assert_status 200
	assert_json '.stock == 4'
	staff PATCH /v1/products/TAG-1 -H "If-Match: $(header etag)" -d '{"name":"Other"}'
	assert_status 200
}

@test "imports write through the ledger" {
	import() {
		printf '%s' "$1" >"$BATS_TEST_TMPDIR/rows"
		staff POST /v1/product-imports -H 'Content-Type: application/x-ndjson' \
			--data-binary "@$BATS_TEST_TMPDIR/rows"
		assert_status 201
	}
	import '{"sku":"IMP-1","name":"One","price":{"amount":1,"currency":"EUR"},"stock":5}
{"sku":"IMP-2","name":"Two","price":{"amount":1,"currency":"EUR"}}'
	allocate 1 IMP-1 2
	import '{"sku":"IMP-1","stock":9}
{"sku":"IMP-2","stock":1}'
	assert_json '.updated == 2 and .rejected == []'
	assert_equal "$(level IMP-1)" '11|2|0'
	assert_equal "$(level IMP-2)" '1|0|0'
	import '{"sku":"IMP-1","stock":null}
{"sku":"IMP-2","stock":null}'
	assert_json '.updated == 1 and [.rejected[] | [.row, .field, .code]] == [[0, "stock", "stock_in_use"]]'
	act IMP-1 transfer '{"from":"main","to":"outlet","quantity":8}'
	import '{"sku":"IMP-1","stock":1}'
	assert_json '[.rejected[] | [.field, .code]] == [["stock", "stock_short"]]'
	staff GET '/v1/stock-movements?sku=IMP-1&cause=import'
	assert_json '[.data[].quantity] == [6, 5]'
	verified
}

@test "stock is listed and filtered; a threshold makes it low, once" {
	product LOW-1 10
	product LOW-2 10
	act LOW-1 threshold '{"threshold":8}'
	assert_json '.levels[0].low_threshold == 8'
	staff GET '/v1/stock?low=true&q=thing'
	assert_json '[.data[].sku] | index("LOW-1") == null'
	act LOW-1 adjust '{"quantity":-2,"reason":"sold"}'
	act LOW-1 adjust '{"quantity":-2,"reason":"sold"}'
	staff GET '/v1/stock?low=true'
	assert_json '[.data[] | [.sku, .available, .low_threshold]] == [["LOW-1", 6, 8]]'
	assert_equal "$(pg_sql catalogd "SELECT body FROM outbox WHERE subject = 'catalog.stock.low'")" \
		'{"sku":"LOW-1","location":"main","available":8,"threshold":8}'
	staff GET '/v1/stock?sku=LOW-2'
	assert_json '.data == [.data[0]] and .data[0].name == "Thing"'
	staff GET '/v1/stock?limit=1'
	local next
	next=$(json .next)
	staff GET "/v1/stock?limit=200&after=$next"
	assert_json '[.data[].sku] | . == sort and index("LOW-2") != null'
	act LOW-1 threshold '{"threshold":null}'
	assert_json '.levels[0].low_threshold == null'
}

@test "every change of a level is an event with its version" {
	product EVENT-1 3
	act EVENT-1 receive '{"quantity":2}'
	allocate 1 EVENT-1 1
	assert_equal "$(pg_sql catalogd "SELECT string_agg(body->>'available', ' ' ORDER BY id),
			bool_and(version = (body->>'version')::bigint), count(DISTINCT version) = count(*)
		FROM outbox WHERE aggregate_id = 'EVENT-1/main'")" '3 5 4|t|t'
}

# --- orders -----------------------------------------------------------------------------------------

@test "quotes tell price and availability of what there is" {
	product QUOTE-1 4
	product QUOTE-2
	peer POST /v1/quotes -d '{"skus":["QUOTE-1","QUOTE-2","QUOTE-3"]}'
	assert_json '[.data | sort_by(.sku)[] | [.sku, .status, .hidden, .price.amount, .available, .version]] == [
		["QUOTE-1", "active", false, 1999, 4, 1], ["QUOTE-2", "active", false, 1999, null, 1]]'
}

@test "an order gets all of its lines or none, once" {
	product ORD-1 5
	product ORD-2 1
	product ORD-3
	allocate 1 ORD-1 2 ORD-2 2 ORD-3 7
	assert_json '.data[0] | .status == "rejected"
		and .shortages == [{"sku":"ORD-2","line":2,"available":1,"requested":2}]'
	allocate 2 ORD-1 2 ORD-2 1 ORD-3 7
	assert_equal "$(status_of)" allocated
	allocate 2 ORD-1 2 ORD-2 1 ORD-3 7
	assert_equal "$(status_of)" allocated
	act ORD-2 receive '{"quantity":9}'
	allocate 1 ORD-1 2 ORD-2 2 ORD-3 7
	assert_equal "$(status_of)" rejected
	allocate 3 ORD-1 2 ORD-1 2
	assert_equal "$(json '.data[0].shortages | length')" 1
	allocate 4 NOPE 1
	assert_equal "$(status_of)" rejected
	assert_equal "$(level ORD-1) $(level ORD-2)" '5|2|0 10|1|0'
	assert_equal "$(shop_stock ORD-3)" null
	verified
}

@test "orders of a batch are served in its order, also from several locations" {
	product BATCH-1 5
	act BATCH-1 receive '{"quantity":2,"location":"outlet"}'
	peer POST /v1/allocations -d "{\"orders\":[
		{\"order\":\"$(uuid 1)\",\"lines\":[{\"line\":1,\"sku\":\"BATCH-1\",\"quantity\":4}]},
		{\"order\":\"$(uuid 2)\",\"lines\":[{\"line\":1,\"sku\":\"BATCH-1\",\"quantity\":4}]},
		{\"order\":\"$(uuid 3)\",\"lines\":[{\"line\":1,\"sku\":\"BATCH-1\",\"quantity\":3}]}]}"
	assert_json '[.data | sort_by(.order)[].status] == ["allocated", "rejected", "allocated"]'
	assert_equal "$(pg_sql catalogd "SELECT location, quantity FROM allocation_line
		WHERE order_id = '$(uuid 3)' ORDER BY 1" | xargs)" 'main|1 outlet|2'
	assert_equal "$(pg_sql catalogd "SELECT allocated FROM stock_movement WHERE sku = 'BATCH-1'
		AND kind = 'allocated' ORDER BY id" | xargs)" '4 5 2'
	verified
}

@test "a release gives back once; before its allocation it wins" {
	product REL-1 9
	allocate 1 REL-1 4
	local release
	release="{\"id\":\"$(uuid 11)\",\"order\":\"$(uuid 1)\",\"lines\":[{\"line\":1,\"quantity\":1}],
		\"restock\":false,\"reason\":\"broken\"}"
	peer POST /v1/releases -d "{\"releases\":[$release]}"
	assert_json ".data == [{\"id\":\"$(uuid 11)\",\"order\":\"$(uuid 1)\",\"status\":\"released\"}]"
	peer POST /v1/releases -d "{\"releases\":[$release]}"
	assert_equal "$(level REL-1)" '8|3|0'
	peer POST /v1/releases -d "{\"releases\":[{\"id\":\"$(uuid 12)\",\"order\":\"$(uuid 1)\",\"lines\":null}]}"
	assert_equal "$(level REL-1)" '8|0|0'
	peer POST /v1/releases -d "{\"releases\":[{\"id\":\"$(uuid 13)\",\"order\":\"$(uuid 2)\",\"lines\":null}]}"
	assert_equal "$(status_of)" released
	allocate 2 REL-1 1
	assert_equal "$(status_of)" released
	assert_equal "$(level REL-1)" '8|0|0'
	staff GET "/v1/stock-movements?order=$(uuid 1)"
	assert_json '[.data[] | [.kind, .quantity, .cause_type, .reason]] == [["released", 3, "release", null],
		["adjusted", -1, "release", "broken"], ["released", 1, "release", "broken"],
		["allocated", 4, "order", null]]'
	verified
}

@test "a shipment goes once, wholly or not at all" {
	product SHIP-1 5
	product SHIP-2
	allocate 1 SHIP-1 3 SHIP-2 2
	ship() { # ID LINES
		peer POST /v1/stock-shipments -d "{\"shipments\":[{\"id\":\"$(uuid "$1")\",\"order\":\"$(uuid 1)\",
			\"lines\":[$2]}]}"
	}
	ship 11 '{"line":1,"quantity":2},{"line":2,"quantity":2}'
	assert_equal "$(status_of)" shipped
	ship 11 '{"line":1,"quantity":2},{"line":2,"quantity":2}'
	assert_equal "$(status_of)" shipped
	ship 12 '{"line":1,"quantity":2}'
	assert_json '.data[0] | .status == "refused" and .reason == "not_allocated"'
	assert_equal "$(level SHIP-1)" '3|1|0'
	act SHIP-1 count '{"quantity":0}'
	ship 13 '{"line":1,"quantity":1}'
	assert_json '.data[0] | .status == "refused" and .reason == "stock_short"'
	act SHIP-1 receive '{"quantity":1}'
	ship 14 '{"line":1,"quantity":1}'
	assert_equal "$(status_of)" shipped
	assert_equal "$(level SHIP-1)" '0|0|0'
	verified
}

@test "a count below what is allocated names the newest orders; nothing more is sold" {
	product COUNT-1 6
	allocate 1 COUNT-1 2
	allocate 2 COUNT-1 2
	allocate 3 COUNT-1 1
	peer PUT "/v1/holds/$(uuid 50)" -d '{"lines":[{"sku":"COUNT-1","quantity":1}],"seconds":600}'
	assert_status 200
	act COUNT-1 count '{"quantity":3,"reason":"yearly"}'
	assert_json '.on_hand == 3 and .allocated == 5 and .held == 0 and .available == -2'
	assert_equal "$(pg_sql catalogd "SELECT body FROM outbox WHERE subject = 'catalog.stock.short'
		AND body->>'sku' = 'COUNT-1'")" \
		"{\"sku\":\"COUNT-1\",\"location\":\"main\",\"orders\":[\"$(uuid 3)\",\"$(uuid 2)\"]}"
	allocate 4 COUNT-1 1
	assert_equal "$(status_of)" rejected
	act COUNT-1 set '{"quantity":2}'
	assert_problem 409 stock_short
	act COUNT-1 receive '{"quantity":4}'
	assert_json '.available == 2'
	verified
}

# --- carts ------------------------------------------------------------------------------------------

@test "a cart holds all it asks for or nothing; its own order uses the hold" {
	product HOLD-1 5
	product HOLD-2
	hold() { # CART QUANTITY [SECONDS]
		peer PUT "/v1/holds/$(uuid "$1")" \
			-d "{\"lines\":[{\"sku\":\"HOLD-1\",\"quantity\":$2},{\"sku\":\"HOLD-2\",\"quantity\":1}],\"seconds\":${3:-600}}"
	}
	hold 50 4
	assert_json '.lines == [{"sku":"HOLD-1","location":"main","quantity":4}]'
	hold 51 2
	assert_problem 409 stock_short
	assert_json '.detail == "HOLD-1: 1 of 2 available"'
	hold 50 5
	assert_equal "$(level HOLD-1)" '5|0|5'
	hold 50 3
	assert_equal "$(level HOLD-1) $(shop_stock HOLD-1)" '5|0|3 2'
	allocate 1 HOLD-1 3
	assert_equal "$(status_of)" rejected
	peer POST /v1/allocations -d "{\"orders\":[{\"order\":\"$(uuid 2)\",\"cart\":\"$(uuid 50)\",
		\"lines\":[{\"line\":1,\"sku\":\"HOLD-1\",\"quantity\":4}]}]}"
	assert_equal "$(status_of)" allocated
	assert_equal "$(level HOLD-1)" '5|4|0'
	hold 52 1
	peer DELETE "/v1/holds/$(uuid 52)"
	assert_status 200
	assert_equal "$(level HOLD-1)" '5|4|0'
	verified
}

@test "an expired hold counts no more, and is removed" {
	product GONE-1 2
	peer PUT "/v1/holds/$(uuid 50)" -d '{"lines":[{"sku":"GONE-1","quantity":2}],"seconds":600}'
	assert_equal "$(shop_stock GONE-1)" 0
	pg_sql catalogd "UPDATE stock_hold SET expires_at = now() WHERE sku = 'GONE-1'"
	assert_equal "$(shop_stock GONE-1)" 2
	allocate 1 GONE-1 2
	assert_equal "$(status_of)" allocated
	assert_equal "$(level GONE-1)" '2|2|0'
	product GONE-2 2
	peer PUT "/v1/holds/$(uuid 51)" -d '{"lines":[{"sku":"GONE-2","quantity":2}],"seconds":1}'
	assert_status 200
	wait_for '[ "$(level GONE-2)" = "2|0|0" ]'
	verified
}

# --- all at once ------------------------------------------------------------------------------------

@test "64 clients take the last pieces: never below zero, a key once" {
	product RACE-1 40
	assert_equal "$(at_once 64 adjust RACE-1 '{"quantity":-1,"reason":"race"}')" '200x40 409x24'
	assert_equal "$(level RACE-1)" '0|0|0'
	act RACE-1 set '{"quantity":64}'
	assert_equal "$(at_once 64 adjust RACE-1 '{"quantity":-1,"reason":"race"}' one-key)" '200x64'
	assert_equal "$(level RACE-1)" '63|0|0'
	verified
}

@test "64 sessions allocate one SKU: exactly what there is is sold" {
	product HOT-1 500
	pgbench_run 64 20 "SELECT stock_allocate(jsonb_build_array(jsonb_build_object('order', gen_random_uuid(),
		'lines', '[{\"line\":1,\"sku\":\"HOT-1\",\"quantity\":1}]'::jsonb)), 'test');"
	assert_equal "$(level HOT-1)" '500|500|0'
	assert_equal "$(pg_sql catalogd "SELECT status, count(*) FROM allocation a
		WHERE EXISTS (SELECT FROM allocation_line l WHERE l.order_id = a.order_id AND sku = 'HOT-1')
		OR shortages->0->>'sku' = 'HOT-1' GROUP BY 1 ORDER BY 1" | xargs)" 'allocated|500 rejected|780'
	verified
}

@test "64 sessions hold one SKU and many: never more than there is" {
	local i
	for i in 1 2 3 4; do
		product "GRAB-$i" 100
	done
	pg_sql catalogd "CREATE FUNCTION grab(sku text) RETURNS void LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM stock_hold_cart(gen_random_uuid(), jsonb_build_array(
			jsonb_build_object('sku', 'GRAB-1', 'quantity', 1),
			jsonb_build_object('sku', sku, 'quantity', 1)), 600);
	EXCEPTION WHEN SQLSTATE 'EC409' THEN
		NULL;
	END \$\$"
	pgbench_run 64 5 "SELECT grab('GRAB-' || 2 + floor(random() * 3));"
	assert_equal "$(level GRAB-1)" '100|0|100'
	assert_equal "$(pg_sql catalogd "SELECT sum(held) FROM stock_level WHERE sku IN ('GRAB-2', 'GRAB-3', 'GRAB-4')")" 100
	assert_equal "$(shop_stock GRAB-1)" 0
	verified
}

@test "the same orders in many batches at once are allocated once" {
	product TWICE-1 1000
	pgbench_run 16 10 "SELECT stock_allocate((SELECT jsonb_agg(jsonb_build_object('order',
		('99000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'lines',
		'[{\"line\":1,\"sku\":\"TWICE-1\",\"quantity\":1}]'::jsonb) ORDER BY random())
		FROM generate_series(1, 50) i), 'test');"
	assert_equal "$(level TWICE-1)" '1000|50|0'
	verified
}

# Anything, of random SKUs in random order: refusals are fine, deadlocks and wrong sums are not.
@test "random operations of 32 sessions leave a ledger that equals its levels" {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		product "MIX-$i" 60
		act "MIX-$i" receive '{"quantity":20,"location":"outlet"}'
	done
	pg_sql catalogd "
	CREATE FUNCTION mix_id(prefix text, n integer) RETURNS uuid LANGUAGE sql AS \$\$
		SELECT (prefix || '0000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid \$\$;
	CREATE FUNCTION mix_lines() RETURNS jsonb LANGUAGE sql VOLATILE AS \$\$
		SELECT jsonb_agg(jsonb_build_object('line', n, 'sku', 'MIX-' || s, 'quantity', q))
		FROM (SELECT row_number() OVER () AS n, s, 1 + floor(random() * 4)::integer AS q
			FROM (SELECT s FROM generate_series(1, 8) s ORDER BY random()
				LIMIT 1 + floor(random() * 4)) p) l \$\$;
	CREATE FUNCTION mix() RETURNS void LANGUAGE plpgsql AS \$\$
	DECLARE
		n integer := floor(random() * 300);
		sku text := 'MIX-' || 1 + floor(random() * 8);
		place text := CASE WHEN random() < 0.5 THEN 'main' ELSE 'outlet' END;
	BEGIN
		CASE floor(random() * 9)
		WHEN 0, 1, 2 THEN
			PERFORM stock_allocate((SELECT jsonb_agg(jsonb_build_object('order', mix_id('a', o),
				'cart', mix_id('c', o % 50), 'lines', mix_lines()))
				FROM (SELECT DISTINCT (n + floor(random() * 5))::integer AS o
					FROM generate_series(1, 3)) x), 'test');
		WHEN 3 THEN
			PERFORM stock_release((SELECT jsonb_agg(jsonb_build_object('id', gen_random_uuid(),
				'order', mix_id('a', o), 'lines', CASE WHEN random() < 0.5 THEN NULL
					ELSE '[{\"line\":1,\"quantity\":1},{\"line\":2,\"quantity\":1}]'::jsonb END,
				'restock', random() < 0.5)) FROM generate_series(n, n + 2) o), 'test');
		WHEN 4 THEN
			PERFORM stock_ship((SELECT jsonb_agg(jsonb_build_object('id', gen_random_uuid(),
				'order', mix_id('a', o), 'lines', '[{\"line\":1,\"quantity\":1}]'::jsonb))
				FROM generate_series(n, n + 2) o), 'test');
		WHEN 5 THEN
			PERFORM stock_hold_cart(mix_id('c', n % 50), mix_lines(), floor(random() * 3)::integer);
		WHEN 6 THEN
			PERFORM stock_transfer(sku, place, CASE place WHEN 'main' THEN 'outlet' ELSE 'main' END,
				3, NULL, NULL, NULL, 'test');
		WHEN 7 THEN
			PERFORM stock_adjust(sku, place, 3, false, 'received', NULL, 'user', NULL, NULL, 'test');
		ELSE
			IF random() < 0.2 THEN
				PERFORM stock_count(sku, place, floor(random() * 30)::bigint, NULL, NULL, NULL, 'test');
			ELSE
				PERFORM stock_expire_some(3);
			END IF;
		END CASE;
	EXCEPTION WHEN SQLSTATE 'EC409' THEN
		NULL;
	END \$\$"
	pgbench_run 32 60 'SELECT mix();'
	verified
	assert_equal "$(pg_sql catalogd "SELECT count(*) FROM stock_level
		WHERE held > 0 AND on_hand < allocated + held")" 0
	assert_equal "$(pg_sql catalogd "SELECT count(*) FROM (SELECT kind, on_hand, allocated, quantity,
			lag(on_hand, 1, 0) OVER w AS on_hand_before, lag(allocated, 1, 0) OVER w AS allocated_before
		FROM stock_movement WINDOW w AS (PARTITION BY sku, location ORDER BY id)) m
		WHERE on_hand <> on_hand_before + stock_effect_on_hand(kind, quantity)
		OR allocated <> allocated_before + stock_effect_allocated(kind, quantity)")" 0
	assert_equal "$(pg_sql catalogd "SELECT count(*) FROM (SELECT kind FROM stock_movement
		GROUP BY kind) k")" 7
}

@test "a tampered level is found" {
	product LIE-1 5
	pg_sql catalogd "UPDATE stock_level SET on_hand = 6 WHERE sku = 'LIE-1'"
	staff GET /v1/stock-verification
	assert_json '.differences == 1 and .data == [{"sku":"LIE-1","location":"main","field":"on_hand",
		"level":6,"ledger":5}]'
	pg_sql catalogd "UPDATE stock_level SET on_hand = 5 WHERE sku = 'LIE-1'"
	verified
}

# --- the schema -------------------------------------------------------------------------------------

@test "the run-time role writes stock through the functions only" {
	local statement
	for statement in 'UPDATE stock_level SET on_hand = 1' 'INSERT INTO stock_level (sku, location) VALUES (1, 2)' \
		'DELETE FROM stock_movement' "UPDATE stock_movement SET reason = 'x'" 'DELETE FROM allocation' \
		"INSERT INTO stock_movement (sku, location, kind, quantity, on_hand, allocated, cause_type)
			VALUES ('a', 'main', 'received', 1, 1, 0, 'user')" 'DELETE FROM stock_hold' \
		"SELECT stock_write(ARRAY[ROW('HOT-1','main','received',1,NULL,'user',NULL,NULL,NULL)::stock_change])"; do
		run ! "$PG_BINDIR/psql" -X -q "$(pg_url catalogd)" -c "$statement"
	done
}

@test "the statements of the version before go on working" {
	product OLD-1 4
	"$PG_BINDIR/psql" -X -q -v ON_ERROR_STOP=1 "$(pg_url catalogd)" \
		-c "UPDATE stock SET quantity = 9, version = version + 1 WHERE sku = 'OLD-1'"
	assert_equal "$(level OLD-1)" '9|0|0'
	assert_equal "$(pg_sql catalogd "SELECT quantity FROM stock WHERE sku = 'OLD-1'")" 9
	verified
}
