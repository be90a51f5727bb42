# Assertions that say what came instead.
# shellcheck shell=bash

flunk() {
	echo "$*" >&2
	return 1
}

show_answer() {
	echo "status $http_status"
	echo "$http_headers" | sed -n '2,30p'
	head -c 2000 <<<"$http_body"
}

assert_status() {
	[ "$http_status" = "$1" ] || { show_answer >&2; flunk "expected status $1, got $http_status"; }
}

# assert_json 'EXPRESSION' [jq arguments]: true for the last body.
assert_json() {
	local expression=$1
	shift
	jq -e "$@" "$expression" <<<"$http_body" >/dev/null ||
		{ show_answer >&2; flunk "not so: $expression"; }
}

assert_header() { # NAME [REGULAR EXPRESSION]
	local value
	value=$(header "$1") || { show_answer >&2; flunk "no header $1"; return; }
	[[ $value =~ ${2:-.} ]] || flunk "$1: $value does not match $2"
}

assert_no_header() {
	! header "$1" >/dev/null || flunk "unexpected header $1: $(header "$1")"
}

# assert_problem STATUS CODE: RFC 9457, ours.
assert_problem() {
	assert_status "$1" &&
		assert_header content-type '^application/problem\+json' &&
		assert_json '.code == $code and .type == "/problems/" + $code and .status == $status
			and (.title | length > 0) and (.request_id | length > 0)' \
			--arg code "$2" --argjson status "$1"
}

# assert_invalid POINTER [CODE]: 422 with an entry for this field.
assert_invalid() {
	assert_problem 422 validation &&
		assert_json 'any(.errors[]; .pointer == $pointer and ($code == "" or .code == $code))' \
			--arg pointer "$1" --arg code "${2:-}"
}

assert_equal() { # ACTUAL EXPECTED
	[ "$1" = "$2" ] || flunk "expected: $2
got:      $1"
}

assert_contains() { # TEXT PART
	[[ $1 == *"$2"* ]] || flunk "no \"$2\" in: $1"
}

# As util-linux's, which is not everywhere.
uuidgen() {
	cat /proc/sys/kernel/random/uuid
}
