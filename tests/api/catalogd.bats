#!/usr/bin/env bats
# catalogd: products, categories, stock numbers, lists, search, imports.
load ../lib

setup_file() {
	pg_start catalogd
	nats_start
	daemon_start catalogd ECOM_RETENTION_EVERY=1s
	WRITER=$(token_for catalog:write)
	READER=$(token_for catalog:read)
	export WRITER READER
}

write() { # METHOD PATH [curl arguments]
	TOKEN=$WRITER FRONTEND=admin api "$@"
}

category() { # SLUG [OTHER MEMBERS]
	write POST /v1/categories -d "{\"slug\":\"$1\",\"name\":\"The $1\"${2:+,$2}}"
	assert_status 201
}

product() { # SKU [OTHER MEMBERS]
	write POST /v1/products -d "$(jq -n -c --arg sku "$1" --argjson more "{${2:-}}" '{$sku,
		name: "Thing \($sku)", status: "active", price: {amount: 1999, currency: "EUR"}} + $more')"
	assert_status 201
}

import() { # NDJSON [curl arguments]
	printf '%s' "$1" >"$BATS_TEST_TMPDIR/rows"
	write POST /v1/product-imports -H 'Content-Type: application/x-ndjson' \
		--data-binary "@$BATS_TEST_TMPDIR/rows" "${@:2}"
}

events() { # AGGREGATE: subjects and versions, oldest first
	pg_sql catalogd "SELECT string_agg(subject || ' ' || version, ', ' ORDER BY id)
		FROM outbox WHERE aggregate_id = '$1'"
}

skus() {
	json '[.data[].sku] | join(" ")'
}

# --- products ---------------------------------------------------------------------------------------

@test "a product is created with all its fields, and read back the same" {
	category pots
	product POT-1 '"description":"A pot.","category":"pots","stock":5,"attributes":{"colour":"red","x":null}'
	assert_header location '^/v1/products/POT-1$'
	assert_header etag '^"1"$'
	assert_json '.sku == "POT-1" and .status == "active" and .category == "pots" and .stock == 5
		and .price == {"amount":1999,"currency":"EUR"} and .attributes == {"colour":"red"}
		and .version == 1 and (.created_at | endswith("+00:00")) and .created_at == .updated_at'
	local created=$http_body
	api GET /v1/products/POT-1
	assert_status 200
	assert_equal "$http_body" "$created"
	assert_equal "$(events POT-1)" 'catalog.product.created 1'
}

@test "a product needs no more than SKU, name and price" {
	write POST /v1/products -d '{"sku":"MIN-1","name":"Small","price":{"amount":0,"currency":"JPY"}}'
	assert_status 201
	assert_json '.status == "draft" and .category == null and .stock == null
		and .description == "" and .attributes == {}'
}

@test "bad products are refused, each bad field named" {
	write POST /v1/products -d '{"sku":"a b","name":"","price":{"amount":-1,"currency":"EUR"},
		"status":"archived","category":"Up","stock":-1,"attributes":[],"colour":"red"}'
	assert_invalid /sku wrong_form
	assert_invalid /name too_short
	assert_invalid /price/amount out_of_range
	assert_invalid /status not_allowed
	assert_invalid /category wrong_form
	assert_invalid /stock out_of_range
	assert_invalid /attributes wrong_type
	assert_invalid /colour unknown_field
	write POST /v1/products -d '{}'
	assert_invalid /sku required
	assert_invalid /name required
	assert_invalid /price required
	write POST /v1/products -d '{"sku":"BAD-1","name":"x","price":{"amount":1,"currency":"XYZ"}}'
	assert_invalid /price/currency
	write POST /v1/products -d '{"sku":"BAD-1","name":"x","price":{"amount":1,"currency":"EUR"},"attributes":{"a":[1]}}'
	assert_problem 422 product_attribute_nested
	write POST /v1/products -d '{"sku":"BAD-1","name":"x","price":{"amount":1,"currency":"EUR"},"category":"nowhere"}'
	assert_problem 422 product_category_unknown
	api GET /v1/products/BAD-1
	assert_problem 404 not_found
}

@test "a SKU is taken once, and a repeated key has one effect" {
	product ONCE-1 '"stock":1'
	write POST /v1/products -d '{"sku":"ONCE-1","name":"Other","price":{"amount":1,"currency":"EUR"}}'
	assert_problem 409 product_sku_taken
	local body='{"sku":"ONCE-2","name":"Once","price":{"amount":1,"currency":"EUR"}}' first
	write POST /v1/products -d "$body" -H 'Idempotency-Key: once'
	assert_status 201
	first=$http_body
	write POST /v1/products -d "$body" -H 'Idempotency-Key: once'
	assert_status 201
	assert_header idempotent-replayed true
	assert_equal "$http_body" "$first"
	assert_equal "$(events ONCE-2)" 'catalog.product.created 1'
	write POST /v1/products -d "${body/Once/Twice}" -H 'Idempotency-Key: once'
	assert_problem 422 idempotency_key_reused
}

@test "a patch changes what it names" {
	product PATCH-1 '"stock":5,"description":"Old.","attributes":{"colour":"red","size":"L"}'
	write PATCH /v1/products/PATCH-1 -H 'If-Match: "1"' -d '{"price":{"amount":1,"currency":"USD"},"attributes":{"colour":null,"width":3}}'
	assert_status 200
	assert_header etag '^"2"$'
	assert_json '.version == 2 and .price == {"amount":1,"currency":"USD"} and .stock == 5
		and .attributes == {"size":"L","width":3} and .description == "Old."'
	write PATCH /v1/products/PATCH-1 -H 'If-Match: "2"' -d '{"stock":null,"name":"New"}'
	assert_json '.version == 3 and .stock == null and .name == "New"'
	write PATCH /v1/products/PATCH-1 -H 'If-Match: "3"' -d '{"stock":7}'
	assert_json '.stock == 7'
	local changed=$http_body
	api GET /v1/products/PATCH-1
	assert_equal "$http_body" "$changed"
	assert_equal "$(events PATCH-1)" \
		'catalog.product.created 1, catalog.product.updated 2, catalog.product.updated 3, catalog.product.updated 4'
}

@test "what changes nothing keeps its version and is no event" {
	category same
	product SAME-1 '"stock":5'
	write PATCH /v1/products/SAME-1 -H 'If-Match: "1"' -d '{"name":"Thing SAME-1","stock":5}'
	assert_status 200
	assert_json '.version == 1 and .stock == 5'
	write POST /v1/products/SAME-1/archive -H 'If-Match: "1"'
	assert_json '.version == 2 and .status == "archived"'
	write POST /v1/products/SAME-1/archive -H 'If-Match: "2"'
	assert_json '.version == 2'
	assert_equal "$(events SAME-1)" 'catalog.product.created 1, catalog.product.archived 2'
	write PATCH /v1/products/SAME-1 -H 'If-Match: "2"' -d '{"status":"active"}'
	write PATCH /v1/categories/same -H 'If-Match: "1"' -d '{"name":"The same","parent":null}'
	assert_json '.version == 1'
	write POST /v1/categories/same/archive -H 'If-Match: "1"'
	write POST /v1/categories/same/archive -H 'If-Match: "2"'
	assert_json '.version == 2 and .archived'
	assert_equal "$(events same)" 'catalog.category.created 1, catalog.category.archived 2'
}

@test "a stale, missing or wrong version changes nothing" {
	product STALE-1
	write PATCH /v1/products/STALE-1 -d '{"name":"x"}'
	assert_problem 428 precondition_required
	write PATCH /v1/products/STALE-1 -H 'If-Match: "9"' -d '{"name":"x"}'
	assert_problem 412 precondition_failed
	write PATCH /v1/products/NONE-1 -H 'If-Match: "1"' -d '{"name":"x"}'
	assert_problem 404 not_found
	write PATCH /v1/products/STALE-1 -H 'If-Match: "1"' -d '{"name":null,"sku":"OTHER"}'
	assert_invalid /name wrong_type
	assert_invalid /sku unknown_field
	write PATCH /v1/products/STALE-1 -H 'If-Match: "1"' -d '{"category":"nowhere"}'
	assert_problem 422 product_category_unknown
	api GET /v1/products/STALE-1
	assert_json '.version == 1 and .name == "Thing STALE-1"'
	assert_equal "$(events STALE-1)" 'catalog.product.created 1'
}

@test "of two writers with the same version one wins" {
	product RACE-1
	local i pids=() address
	address=http://$(daemon_address)/v1/products/RACE-1
	for i in 1 2 3 4 5 6 7 8; do
		curl -s -o /dev/null -w '%{http_code}\n' -X PATCH "$address" -H 'If-Match: "1"' \
			-H "@$SCRATCH/secrets/gateway-catalogd.header" -H 'X-Ecom-Frontend: admin' \
			-H "Authorization: Bearer $WRITER" -H 'Content-Type: application/json' \
			-d "{\"stock\":$i}" >"$BATS_TEST_TMPDIR/race.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(sort "$BATS_TEST_TMPDIR"/race.* | uniq -c | xargs)" '1 200 7 412'
	api GET /v1/products/RACE-1
	assert_json '.version == 2'
}

@test "an archived product leaves the shop, its staff still sees it and brings it back" {
	product GONE-1
	write POST /v1/products/GONE-1/archive
	assert_problem 428 precondition_required
	write POST /v1/products/GONE-1/archive -H 'If-Match: "1"'
	assert_status 200
	assert_json '.status == "archived" and .version == 2'
	api GET /v1/products/GONE-1
	assert_problem 404 not_found
	TOKEN=$READER FRONTEND=admin api GET /v1/products/GONE-1
	assert_json '.status == "archived"'
	TOKEN=$READER FRONTEND=admin api GET '/v1/products?status=archived'
	assert_equal "$(skus)" GONE-1
	write PATCH /v1/products/GONE-1 -H 'If-Match: "2"' -d '{"status":"active"}'
	assert_status 200
	api GET /v1/products/GONE-1
	assert_status 200
	assert_equal "$(events GONE-1)" \
		'catalog.product.created 1, catalog.product.archived 2, catalog.product.updated 3'
}

@test "an unchanged product is not sent again" {
	product ETAG-1
	api GET /v1/products/ETAG-1 -H 'If-None-Match: "1"'
	assert_status 304
}

@test "writing needs a token, the scope and the admin frontend" {
	FRONTEND=admin api POST /v1/products -d '{}'
	assert_problem 401 unauthenticated
	TOKEN=$READER FRONTEND=admin api POST /v1/products -d '{}'
	assert_problem 403 insufficient_scope
	TOKEN=$WRITER FRONTEND=shop api POST /v1/products -d '{}'
	assert_problem 405 method_not_allowed
	TOKEN=$WRITER FRONTEND=shop api POST /v1/product-imports -d '{}'
	assert_problem 404 not_found
}

# --- categories -------------------------------------------------------------------------------------

@test "categories form a tree without cycles" {
	category tree-a
	category tree-b '"parent":"tree-a","position":2'
	category tree-c '"parent":"tree-b"'
	write POST /v1/categories -d '{"slug":"tree-b","name":"Again"}'
	assert_problem 409 category_slug_taken
	write POST /v1/categories -d '{"slug":"tree-x","name":"X","parent":"nowhere"}'
	assert_problem 422 category_parent_unknown
	write POST /v1/categories -d '{"slug":"tree-x","name":"X","parent":"tree-x"}'
	assert_problem 409 category_cycle
	write PATCH /v1/categories/tree-a -H 'If-Match: "1"' -d '{"parent":"tree-c"}'
	assert_problem 409 category_cycle
	write PATCH /v1/categories/tree-c -H 'If-Match: "1"' -d '{"parent":null,"name":"Root"}'
	assert_status 200
	assert_json '.parent == null and .name == "Root" and .version == 2'
	write PATCH /v1/categories/tree-c -H 'If-Match: "1"' -d '{"name":"x"}'
	assert_problem 412 precondition_failed
	api GET /v1/categories/tree-b
	assert_json '.slug == "tree-b" and .parent == "tree-a" and .position == 2 and .archived == false'
	api GET '/v1/categories?parent=tree-a'
	assert_json '[.data[].slug] == ["tree-b"] and .next == null'
}

@test "the tree has at most ten levels" {
	local i
	category deep-1
	for i in 2 3 4 5 6 7 8 9 10; do
		category "deep-$i" "\"parent\":\"deep-$((i - 1))\""
	done
	write POST /v1/categories -d '{"slug":"deep-11","name":"x","parent":"deep-10"}'
	assert_problem 422 category_too_deep
	category high
	write PATCH /v1/categories/deep-1 -H 'If-Match: "1"' -d '{"parent":"high"}'
	assert_problem 422 category_too_deep
}

@test "two moves at once never make a cycle" {
	local round
	for round in 1 2 3 4 5; do
		category "left-$round"
		category "right-$round"
		local pids=()
		for pair in left:right right:left; do
			curl -s -o /dev/null -X PATCH \
				"http://$(daemon_address)/v1/categories/${pair%:*}-$round" -H 'If-Match: "1"' \
				-H "@$SCRATCH/secrets/gateway-catalogd.header" -H 'X-Ecom-Frontend: admin' \
				-H "Authorization: Bearer $WRITER" -H 'Content-Type: application/json' \
				-d "{\"parent\":\"${pair#*:}-$round\"}" &
			pids+=($!)
		done
		wait "${pids[@]}"
	done
	assert_equal "$(pg_sql catalogd "SELECT count(*) FROM category
		WHERE slug ~ '^(left|right)-' AND parent IS NOT NULL")" 5
}

@test "archiving a category archives what is below it and hides its products" {
	category arch-a
	category arch-b '"parent":"arch-a"'
	category arch-c '"parent":"arch-b"'
	product ARCH-1 '"category":"arch-c"'
	write POST /v1/categories/arch-a/archive -H 'If-Match: "1"'
	assert_status 200
	assert_json '.archived and .version == 2'
	api GET /v1/categories/arch-c
	assert_problem 404 not_found
	TOKEN=$READER FRONTEND=admin api GET /v1/categories/arch-c
	assert_json '.archived and .version == 2'
	assert_equal "$(events arch-c)" 'catalog.category.created 1, catalog.category.archived 2'
	api GET /v1/products/ARCH-1
	assert_problem 404 not_found
	api GET '/v1/products?q=ARCH-1'
	assert_json '.data == []'
	TOKEN=$READER FRONTEND=admin api GET '/v1/products?category=arch-a'
	assert_equal "$(skus)" ARCH-1
	write PATCH /v1/categories/arch-c -H 'If-Match: "2"' -d '{"archived":false}'
	assert_problem 409 category_parent_archived
	write PATCH /v1/categories/arch-c -H 'If-Match: "2"' -d '{"archived":false,"parent":null}'
	assert_status 200
	api GET /v1/products/ARCH-1
	assert_status 200
}

@test "categories come in pages" {
	api GET '/v1/categories?limit=3'
	assert_status 200
	local all
	all=$(json '.data[].slug')
	while next=$(json '.next // empty') && [ -n "$next" ]; do
		api GET "/v1/categories?limit=3&after=$next"
		assert_status 200
		all+=$'\n'$(json '.data[].slug')
	done
	assert_equal "$(sort <<<"$all")" "$(pg_sql catalogd \
		'SELECT slug FROM category WHERE NOT archived ORDER BY slug')"
}

# --- lists and search -------------------------------------------------------------------------------

@test "lists filter by category, status, stock and price" {
	category list
	category list-sub '"parent":"list"'
	product LIST-1 '"category":"list","stock":0'
	product LIST-2 '"category":"list-sub","stock":3,"price":{"amount":500,"currency":"EUR"}'
	product LIST-3 '"category":"list-sub"'
	product LIST-4 '"category":"list","status":"draft"'
	api GET '/v1/products?category=list'
	assert_equal "$(skus)" 'LIST-1 LIST-2 LIST-3'
	api GET '/v1/products?category=list-sub'
	assert_equal "$(skus)" 'LIST-2 LIST-3'
	api GET '/v1/products?category=list&in_stock=true'
	assert_equal "$(skus)" 'LIST-2 LIST-3'
	api GET '/v1/products?category=list&in_stock=false'
	assert_equal "$(skus)" LIST-1
	api GET '/v1/products?category=list&max_price=500'
	assert_equal "$(skus)" LIST-2
	api GET '/v1/products?category=list&min_price=501'
	assert_equal "$(skus)" 'LIST-1 LIST-3'
	api GET '/v1/products?category=list&status=draft'
	assert_equal "$(skus)" ''
	TOKEN=$READER FRONTEND=admin api GET '/v1/products?category=list&status=draft'
	assert_equal "$(skus)" LIST-4
	api GET '/v1/products?category=nowhere'
	assert_json '.data == [] and .next == null'
}

@test "pages walk through everything once, in every order" {
	local i query rows='' all next
	category page
	for i in $(seq 100 122); do
		rows+="{\"sku\":\"PAGE-$i\",\"name\":\"Walnut tray\",\"status\":\"active\",\"category\":\"page\",\"price\":{\"amount\":$i,\"currency\":\"EUR\"}}"$'\n'
	done
	import "$rows"
	assert_status 201
	for query in category=page q=walnut 'q=walnut&category=page'; do
		api GET "/v1/products?limit=5&$query"
		all=$(skus)
		while next=$(json '.next // empty') && [ -n "$next" ]; do
			[[ $next =~ ^[A-Za-z0-9_-]+$ ]]
			api GET "/v1/products?limit=5&$query&after=$next"
			assert_status 200
			all+=" $(skus)"
		done
		assert_equal "$all" "$(seq -f 'PAGE-%g' -s ' ' 100 122)"
	done
}

@test "search finds words, beginnings of words, folded letters and SKUs" {
	product FIND-1 '"name":"Kaffeemühle Größe M","description":"Grinds beans"'
	product FIND-2 '"name":"緑茶カップ","attributes":{"colour":"Türkis"}'
	product FIND-3 '"name":"Tea strainer","description":"Also for a Kaffeemühle"'
	finds() {
		api GET /v1/products -G --data-urlencode "q=$1"
		assert_status 200
		assert_equal "$(skus)" "$2"
	}
	finds kaffeemuhle 'FIND-1 FIND-3'
	finds 'KAFFEE' 'FIND-1 FIND-3'
	finds 'grosse kaffeem' FIND-1
	finds 緑茶 FIND-2
	finds カップ FIND-2
	finds 'turkis' FIND-2
	finds 'find-3' FIND-3
	finds 'beans kaffee' FIND-1
	finds 'kaffee beans' ''
	finds 'affee' ''
	finds '-- !!' ''
	finds "'; DROP TABLE product; --" ''
	finds 'zz & | ! ( :*' ''
}

@test "bad filters and cursors are refused" {
	local query
	for query in limit=0 limit=201 limit=x in_stock=maybe min_price=-1 status=nope colour=red \
		after=x after=W10x after=bm90IGpzb24; do
		api GET "/v1/products?$query"
		assert_problem 422 validation
	done
	# A cursor of the right form that no page gave.
	for cursor in '[]' '["x","y"]' '[{},[]]' '[1e999,"x"]'; do
		api GET "/v1/products?q=thing&after=$(printf %s "$cursor" | base64url)"
		[ "$http_status" = 200 ] || [ "$http_status" = 422 ] || { show_answer; false; }
	done
}

# --- imports ----------------------------------------------------------------------------------------

@test "an import creates, updates and leaves alone" {
	category imp
	import '{"sku":"IMP-1","name":"One","price":{"amount":100,"currency":"EUR"},"stock":3,"category":"imp","attributes":{"a":1,"n":null}}
{"sku":"IMP-2","name":"Two\ttab \\ slash\nline","status":"active","price":{"amount":200,"currency":"EUR"}}
'
	assert_status 201
	assert_json '.created == 2 and .updated == 0 and .unchanged == 0 and .rejected == []'
	assert_header location '^/v1/product-imports/'
	local result=$http_body
	write GET "$(header location)"
	assert_equal "$http_body" "$result"
	write GET /v1/products/IMP-1
	assert_json '.status == "draft" and .stock == 3 and .category == "imp" and .attributes == {"a":1}'
	api GET /v1/products/IMP-2
	assert_json '.name == "Two\ttab \\ slash\nline" and .stock == null'
	import '{"sku":"IMP-1","stock":4}
{"sku":"IMP-2","name":"Two\ttab \\ slash\nline","stock":null}
{"sku":"IMP-3","name":"Three","price":{"amount":300,"currency":"EUR"}}'
	assert_json '.created == 1 and .updated == 1 and .unchanged == 1'
	write GET /v1/products/IMP-1
	assert_json '.stock == 4 and .version == 2 and .name == "One" and .category == "imp"'
	import '{"sku":"IMP-1","category":null,"attributes":{"b":true}}'
	write GET /v1/products/IMP-1
	assert_json '.category == null and .attributes == {"a":1,"b":true} and .version == 3'
	assert_equal "$(pg_sql catalogd "SELECT body->'products' FROM outbox
		WHERE subject = 'catalog.product.imported' ORDER BY id DESC LIMIT 1")" \
		'[{"sku":"IMP-1","version":3}]'
}

@test "bad rows are rejected with their number and reason, the others go in" {
	import '{"sku":"REJ-1","name":"One","price":{"amount":100,"currency":"EUR"}}
not json
{"sku":"REJ-2","name":"Two","price":{"amount":-100,"currency":"EUR"}}

{"sku":"REJ-3","name":"Three","price":{"amount":100,"currency":"EUR"},"category":"nowhere"}
{"sku":"REJ-1","name":"Again","price":{"amount":100,"currency":"EUR"}}
{"sku":"REJ-4","price":{"amount":100,"currency":"EUR"}}
{"sku":"REJ-5","name":"Five"}
[1]
{"sku":"REJ-6","name":"Six","price":{"amount":100,"currency":"EUR"},"attributes":{"a":{}}}
{"sku":"REJ-7","name":"Seven","price":{"amount":100,"currency":"EUR"},"colour":"red"}
{"sku":"REJ-8","name":"Eight","price":{"amount":100,"currency":"EUR"}}'
	assert_status 201
	assert_json '.created == 2 and [.rejected[] | [.row, .field, .code]] == [
		[1, "", "bad_json"], [2, "price.amount", "out_of_range"],
		[4, "category", "product_category_unknown"], [5, "sku", "duplicate_in_file"],
		[6, "name", "required"], [7, "price", "required"], [8, "", "bad_json"],
		[9, "attributes", "product_attribute_nested"], [10, "colour", "unknown_field"]]
		and all(.rejected[]; .reason | length > 0)'
	write GET /v1/products/REJ-8
	assert_status 200
}

@test "a repeated chunk has one effect and the same answer" {
	local rows='{"sku":"KEY-1","name":"One","price":{"amount":100,"currency":"EUR"}}' first
	import "$rows" -H 'Idempotency-Key: chunk-1'
	assert_status 201
	first=$http_body
	import "$rows" -H 'Idempotency-Key: chunk-1'
	assert_status 201
	assert_header idempotent-replayed true
	assert_equal "$http_body" "$first"
	import "${rows/One/Two}" -H 'Idempotency-Key: chunk-1'
	assert_problem 422 idempotency_key_reused
	write GET /v1/products/KEY-1
	assert_json '.version == 1 and .name == "One"'
}

@test "old chunks are forgotten" {
	import '{"sku":"OLD-1","name":"Old","price":{"amount":1,"currency":"EUR"}}'
	local location
	location=$(header location)
	pg_sql catalogd "UPDATE import_chunk SET created_at = now() - interval '31 days'
		WHERE id = '${location##*/}'"
	wait_for 'write GET "$location"; [ "$http_status" = 404 ]'
}

@test "limits of an import" {
	import "$(yes '{}' | head -n 2001)"
	assert_problem 413 payload_too_large
	import "$(yes '{}' | head -n 2000)"
	assert_status 201
	assert_json '.rejected | length == 2000'
	import "$(head -c 4300000 /dev/zero | tr '\0' 'x')"
	assert_problem 413 payload_too_large
	import ''
	assert_status 201
	assert_json '.created == 0 and .rejected == []'
	write POST /v1/product-imports -d '{}'
	assert_problem 415 unsupported_media_type
}

@test "imports of the same products at the same time all end" {
	local i pids=() rows='' order
	for i in $(seq 1 300); do
		rows+="{\"sku\":\"BOTH-$i\",\"name\":\"Both\",\"price\":{\"amount\":$i,\"currency\":\"EUR\"}}"$'\n'
	done
	printf %s "$rows" >"$BATS_TEST_TMPDIR/up"
	tac "$BATS_TEST_TMPDIR/up" >"$BATS_TEST_TMPDIR/down"
	for i in 1 2 3 4 5 6; do
		order=$([ $((i % 2)) = 0 ] && echo up || echo down)
		curl -s -X POST "http://$(daemon_address)/v1/product-imports" \
			-H "@$SCRATCH/secrets/gateway-catalogd.header" -H 'X-Ecom-Frontend: admin' \
			-H "Authorization: Bearer $WRITER" -H 'Content-Type: application/x-ndjson' \
			--data-binary "@$BATS_TEST_TMPDIR/$order" >"$BATS_TEST_TMPDIR/both.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(cat "$BATS_TEST_TMPDIR"/both.* | jq -s -c '[map(.created), map(.unchanged)] | map(add)')" '[300,1500]'
}

# --- the schema -------------------------------------------------------------------------------------

@test "every constraint of the tables has its line in problems.md" {
	local name
	for name in $(pg_sql catalogd "SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid
		WHERE (relname ~ '^(stock|allocation)' OR relname IN ('product', 'category', 'location')) AND conname !~ '_pkey$'"); do
		grep -q "^| $name |" "$SRCDIR/daemons/catalogd/problems.md" || flunk "$name is not described"
	done
}

@test "the run-time role cannot change the schema or rewrite events" {
	refused() {
		! "$PG_BINDIR/psql" -X -q "$(pg_url catalogd)" -c "$1" 2>/dev/null || flunk "allowed: $1"
	}
	refused 'CREATE TABLE x ()'
	refused 'DROP TABLE product'
	refused 'DELETE FROM product'
	refused "UPDATE outbox SET body = '{}'"
	refused 'UPDATE import_chunk SET id = id'
	refused "INSERT INTO import_stage SELECT * FROM import_stage"
}
