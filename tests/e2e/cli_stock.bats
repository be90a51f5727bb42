#!/usr/bin/env bats
# ecomctl stock and location against a whole shop.

load ../lib

bats_require_minimum_version 1.5.0

setup_file() {
	shop_up
	ecomctl location create outlet --name 'Factory outlet' --position 2
	ecomctl product create ST-1 --name 'Stock thing' --price 1EUR
}

# expect STATUS ecomctl arguments: runs it; stdout, stderr and exit code are in output, stderr, status.
expect() {
	local wanted=$1
	shift
	run --separate-stderr ecomctl "$@"
	[ "$status" = "$wanted" ] || flunk "ecomctl $*: exit $status, not $wanted
$output
$stderr"
}

sql() {
	as_test_user "$(pg_bindir)/psql" -X -A -t -q "host=$STATE/run dbname=catalogd user=catalogd_owner" -c "$1"
}

@test "stock from the first delivery to a count" {
	expect 6 stock adjust ST-1 --by 1 --reason found
	assert_equal "${stderr_lines[0]}" 'error: the stock of "ST-1" is not tracked'
	expect 0 stock get ST-1
	assert_contains "$stderr" 'not tracked'
	expect 0 stock receive ST-1 10 --reference PO-1 -o json
	jq -e 'map([.location, .on_hand, .available]) == [["main", 10, 10]]' <<<"$output"
	expect 0 stock adjust ST-1 --by -2 --reason broken -q
	expect 0 stock transfer ST-1 3 --from main --to outlet --no-headers --fields location,on_hand
	assert_equal "$output" "$(printf 'main\t5\noutlet\t3')"
	expect 6 stock adjust ST-1 --by -9 --reason theft
	assert_contains "$stderr" 'ST-1: 5 available at main'
	expect 0 stock set ST-1 7 -q
	expect 0 stock count ST-1 6 --reason yearly -q
	expect 0 product get ST-1 --no-headers --fields stock
	assert_equal "$output" 9
	expect 0 stock why ST-1 -o csv --fields kind,quantity,on_hand,reason
	assert_equal "$output" 'kind,quantity,on_hand,reason
adjusted,-1,6,yearly
adjusted,2,7,
transfer_in,3,3,
transfer_out,3,5,
adjusted,-2,8,broken
received,10,10,'
	expect 3 stock set NOPE 1
	assert_equal "${stderr_lines[0]}" 'error: product "NOPE" not found'
	expect 2 stock set ST-1 many
	expect 2 stock adjust ST-1 --by 1
	expect 7 stock receive ST-1 1 --location moon
}

@test "a version that is not the level's any more is a conflict" {
	local version
	version=$(ecomctl stock get ST-1 -o json | jq '.[] | select(.location == "main").version')
	expect 0 stock adjust ST-1 --by 1 --reason x --if-version "$version" -q
	expect 6 stock adjust ST-1 --by 1 --reason x --if-version "$version"
	assert_equal "${stderr_lines[0]}" 'error: the stock of "ST-1" was changed by somebody else'
}

@test "what is low is listed" {
	expect 0 stock low -q
	assert_equal "$output" ''
	expect 0 stock threshold ST-1 50 -q
	expect 0 stock low --no-headers --fields sku,location,low_threshold
	assert_equal "$output" "$(printf 'ST-1\tmain\t50')"
	expect 0 stock threshold ST-1 none -q
	expect 0 stock low -q
	assert_equal "$output" ''
	expect 0 stock list --location outlet -q
	assert_equal "$output" ST-1
	expect 0 location list -q
	assert_equal "$output" $'main\noutlet'
	expect 6 location create outlet
}

@test "verify ends with 1 when a level is not its ledger" {
	expect 0 stock verify
	assert_contains "$stderr" 'each equal to its ledger'
	sql "UPDATE stock_level SET on_hand = on_hand + 1 WHERE location = 'outlet'"
	expect 1 stock verify -o csv
	assert_equal "$output" 'sku,location,field,level,ledger
ST-1,outlet,on_hand,4,3'
	sql "UPDATE stock_level SET on_hand = on_hand - 1 WHERE location = 'outlet'"
	expect 0 stock verify -q
}
