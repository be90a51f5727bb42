# Requests to a daemon as the gateway would send them.
# shellcheck shell=bash

# api METHOD PATH [curl arguments]: leaves $http_status, $http_body, $http_headers (lower-case
# names) and the files $http_body_file, $http_headers_file. Not with `run`: that is a subshell.
#
#	FRONTEND   shop (default), admin or internal
#	TOKEN      a bearer token; empty: anonymous
#	SERVICE, INSTANCE: the last one started
#
# A body given with -d is sent as JSON unless a Content-Type is given.
api() {
	local method=$1 path=$2 arguments=()
	shift 2
	arguments=(-H "@$SCRATCH/secrets/gateway-$SERVICE.header" -H "X-Ecom-Frontend: ${FRONTEND:-shop}")
	case " $* " in
	*[Cc]ontent-[Tt]ype:*) ;;
	*) arguments+=(-H 'Content-Type: application/json') ;;
	esac
	[ -z "${TOKEN:-}" ] || arguments+=(-H "Authorization: Bearer $TOKEN")
	http "$method" "http://$(daemon_address "$INSTANCE")$path" "${arguments[@]}" "$@"
}

# direct METHOD PATH […]: the second listener (health, metrics, keys).
direct() {
	local method=$1 path=$2
	shift 2
	http "$method" "http://$(daemon_address "$INSTANCE" direct_address)$path" "$@"
}

# http METHOD URL [curl arguments]: the bare request.
http() {
	local method=$1 url=$2 head=()
	shift 2
	[ "$method" != HEAD ] || head=(--head)
	# Of each process its own: some requests are made at the same time.
	http_body_file=${BATS_TEST_TMPDIR:-$SCRATCH}/http_body.$BASHPID
	http_headers_file=${BATS_TEST_TMPDIR:-$SCRATCH}/http_headers.$BASHPID
	: >"$http_body_file"
	: >"$http_headers_file"
	http_status=$(curl -sS -g --path-as-is --max-time 120 -X "$method" "${head[@]}" \
		-o "$http_body_file" -D "$http_headers_file" -w '%{http_code}' "$@" "$url") || {
		http_body='' http_headers=''
		return 1
	}
	http_body=$(tr -d '\0' <"$http_body_file")
	http_headers=$(tr -d '\r' <"$http_headers_file" | sed 's/^\([^:]*\):/\L\1:/')
}

# header NAME: its value in the last answer; fails when it is not there.
header() {
	sed -n "s/^${1,,}: //p" <<<"$http_headers" | grep .
}

# json FILTER: jq -r on the last body.
json() {
	jq -r "$@" <<<"$http_body"
}
