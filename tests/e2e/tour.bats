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

@test "the README's tour runs line by line" {
	local line count=0
	cd "$BATS_TEST_TMPDIR"
	while read -r line; do
		echo "\$ $line"
		bash -o pipefail -c "$line" </dev/null || flunk "exit $? from: $line"
		count=$((count + 1))
	done < <(tour)
	[ "$count" -ge 15 ] || flunk "only $count lines"
}

@test "the demo catalogue is there once, however often it is loaded" {
	local before
	before=$(ecomctl product list -o name | wc -l)
	"$SRCDIR/script/lib/demo" ecomctl
	assert_equal "$(ecomctl product list -o name | wc -l)" "$before"
	[ "$before" -ge 200 ] || flunk "only $before products"
}
