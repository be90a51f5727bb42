#!/usr/bin/env bats
# Bad input to every endpoint: a 4xx problem, never a 5xx, nothing stored.
load ../lib
load lib

setup_file() {
	shop_up
	ADMIN_TOKEN=$(admin_token)
	export ADMIN_TOKEN
	mkdir -p "$SCRATCH/bodies"
	cd "$SCRATCH/bodies"
	printf '' >empty
	printf '{' >cut
	printf '[]' >array
	printf 'null' >null
	printf '"text"' >string
	printf '{"sku":1,"name":[],"email":{},"password":7,"roles":"x","slug":false,"replicas":"many","price":"free","grant_type":3,"code":[]}' >types
	printf '{"no_such_field":1,"__proto__":{},"role":"admin","version":9}' >unknown
	printf '{"name":"\\u0000","sku":"A\\u0000B","email":"a\\u0000@example.org"}' >nul_escape
	printf '{"name":"a\000b"}' >nul_byte
	printf '{"name":"\377\376"}' >not_utf8
	printf '{"name":"\355\240\200"}' >surrogate
	printf '{"name":"x","name":"y"}' >duplicate
	printf '{"price":{"amount":1e999,"currency":"EUR"}}' >infinite
	printf '{"stock":99999999999999999999999}' >huge_number
	{ printf '{"attributes":'; printf '[%.0s' {1..200}; printf ']%.0s' {1..200}; printf '}'; } >deep
	{ printf '{"name":"'; head -c 20000000 /dev/zero | tr '\0' x; printf '"}'; } >huge
	printf "{\"sku\":\"'; DROP TABLE product; --\",\"name\":\"x' OR '1'='1\",\"slug\":\"'; --\",\"email\":\"'@x\",\"password\":\"' OR 1=1\"}" >sql
}

teardown_file() {
	shop_down_quietly
	scratch_remove
}

# The rows of every table of the services, and what the tables hold.
stored() {
	local service
	for service in $(services); do
		shop_sql "$service" "SELECT relname, (xpath('/row/c/text()', query_to_xml(format(
			'SELECT count(*) AS c FROM %I', relname), false, true, '')))[1]
			FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
			AND relname NOT IN ('login_failure', 'login_attempt', 'audit', 'retention_run')
			ORDER BY relname"
	done
}

# ask LABEL METHOD URL [FILE]: notes a request of the administrator, with the file as its body. There are
# thousands of them, so one curl sends all that were noted.
ask() {
	local next=''
	[ ${#asked[@]} = 0 ] || next=next
	printf '%s\nurl = "%s"\nrequest = %s\noutput = "%s"\nwrite-out = "%s %%{http_code}\\n"\n' "$next" "$3" "$2" \
		"$SCRATCH/answers/${#asked[@]}" "${#asked[@]}"
	printf 'silent\ngloboff\npath-as-is\nmax-time = 60\nheader = "Authorization: Bearer %s"\n' "$ADMIN_TOKEN"
	[ -z "${4:-}" ] || printf 'header = "%s"\nheader = "%s"\nupload-file = "%s"\n' \
		'Content-Type: application/json' 'If-Match: \"1\"' "$4"
	asked+=("$1")
} >>"$SCRATCH/asked"

# answers: what was noted is sent; answered LABEL STATUS BODY is called with each answer.
answers() {
	local number status body
	mkdir -p "$SCRATCH/answers"
	curl -K "$SCRATCH/asked" >"$SCRATCH/statuses" || true
	assert_equal "$(wc -l <"$SCRATCH/statuses")" ${#asked[@]}
	while read -r number status; do
		body=''
		[ ! -e "$SCRATCH/answers/$number" ] || read -r -d '' -n 200 body <"$SCRATCH/answers/$number" || true
		answered "${asked[$number]}" "$status" "$body"
	done <"$SCRATCH/statuses"
	echo "# ${#asked[@]} requests" >&3
	rm -r "$SCRATCH/asked" "$SCRATCH/answers"
	asked=()
}

# Method and URL of each route that the administrator reaches.
urls() {
	local service method path on rest
	while IFS=$'\t' read -r service method path on rest; do
		case ,$on, in
		*,admin,*) echo "$method $ADMIN$path" ;;
		*,shop,*) echo "$method $SHOP$path" ;;
		esac
	done < <(routes)
}

@test "bad bodies" {
	local method url file wrong='' before asked=()
	before=$(stored)
	answered() {
		[[ $2 == 4?? && $3 == '{"type":"/problems/'*'"code":"'* ]] || wrong+="$1: $2 ${3:0:80}"$'\n'
	}
	while read -r method url; do
		[ "$method" != GET ] && [[ "$method $url" != 'DELETE '*/v1/sessions/current ]] || continue
		for file in "$SCRATCH"/bodies/*; do
			# What takes no body and needs nothing may work.
			[[ $url != */v1/guests || $file != */empty ]] || continue
			ask "$method $url ${file##*/}" "$method" "$url" "$file"
		done
	done < <(concrete "$(urls)")
	answers
	[ -z "$wrong" ] || flunk "$wrong"
	assert_equal "$(stored)" "$before"
}

@test "bad rows of an import" {
	local file wrong='' before
	before=$(stored | grep -v -e import -e idempotency -e outbox)
	for file in "$SCRATCH"/bodies/*; do
		TOKEN=$ADMIN_TOKEN gateway POST "$ADMIN/v1/product-imports" --data-binary "@$file" \
			-H 'Content-Type: application/x-ndjson' || http_status=cut
		[[ $http_status == 4?? || $http_status == 201 ]] || wrong+="${file##*/}: $http_status"$'\n'
		[ "$http_status" != 201 ] || jq -e '.created == 0 and .updated == 0' <<<"$http_body" ||
			wrong+="${file##*/}: something was stored"$'\n'
	done
	[ -z "$wrong" ] || flunk "$wrong"
	assert_equal "$(stored | grep -v -e import -e idempotency -e outbox)" "$before"
}

@test "bad query strings and paths" {
	local method url query part wrong='' asked=()
	local queries=('limit=0' 'limit=-1' 'limit=99999999999999999999' 'limit=x' 'after=%ff' 'after=!!' 'after=e30'
		'after=bnVsbA' 'after=W10x' 'no_such_parameter=1' 'limit=1&limit=2' 'q=%00' 'q=%zz' 'category=%c0%80'
		"$(printf 'a%.0s' {1..5000})=1")
	local parts=('%00' '%ff' '%zz' '%2e%2e%2fetc' "'%20OR%201=1" "$(printf 'A%.0s' {1..3000})")
	answered() {
		[[ $2 == 4?? ]] || wrong+="${1:0:120}: $2"$'\n'
	}
	while read -r method url; do
		[ "$method" = GET ] || continue
		for query in "${queries[@]}"; do
			ask "$url?$query" GET "$url?$query"
		done
	done < <(concrete "$(urls)")
	while read -r method url; do
		[[ $method == GET && $url == *{* ]] || continue
		for part in "${parts[@]}"; do
			ask "$url $part" GET "${url%%\{*}$part"
		done
	done < <(urls)
	answers
	[ -z "$wrong" ] || flunk "$wrong"
}

@test "cursors whose values have the wrong type" {
	local path cursor
	for path in /v1/products /v1/categories /v1/users /v1/clients; do
		for cursor in '[{}]' '[null]' '["x",{}]' '[1e300,1]' '[]' '["a","b","c","d"]' '[true]'; do
			TOKEN=$ADMIN_TOKEN gateway GET "$ADMIN$path?after=$(printf %s "$cursor" | base64url)"
			[[ $http_status == 200 || $http_status == 4?? ]] || { show_answer; flunk "$path $cursor"; }
		done
	done
}
