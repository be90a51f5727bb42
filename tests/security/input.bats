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
			AND relname NOT IN ('login_failure', 'login_attempt', 'audit')
			ORDER BY relname"
	done
}

# send METHOD URL [curl arguments]: as the administrator; sets http_status and http_body, with one
# process only: there are thousands of these.
send() {
	local method=$1 url=$2
	shift 2
	http_status=$(curl -sS -g --path-as-is --max-time 60 -X "$method" -o "$SCRATCH/answer" \
		-w '%{http_code}' -H "Authorization: Bearer $ADMIN_TOKEN" "$@" "$url") || http_status=cut
	http_body=$(<"$SCRATCH/answer")
}

@test "bad bodies" {
	local service method path on scope needs body rest file url wrong='' before count=0
	before=$(stored)
	while IFS=$'\t' read -r service method path on scope needs body rest; do
		[ "$method" != GET ] && [ "$method $path" != 'DELETE /v1/sessions/current' ] || continue
		url=$ADMIN
		[[ ,$on, == *,admin,* ]] || url=$SHOP
		[[ ,$on, == *,admin,* || ,$on, == *,shop,* ]] || continue
		url=$url$(concrete "$path")
		for file in "$SCRATCH"/bodies/*; do
			# What takes no body and needs nothing may work.
			[ "$path ${file##*/}" != '/v1/guests empty' ] || continue
			send "$method" "$url" --data-binary "@$file" -H 'Content-Type: application/json' \
				-H 'If-Match: "1"'
			count=$((count + 1))
			[[ $http_status == 4?? && $http_body == '{"type":"/problems/'*'"code":"'* ]] ||
				wrong+="$method $path ${file##*/}: $http_status ${http_body:0:80}"$'\n'
		done
	done < <(routes)
	echo "# $count requests" >&3
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
	local service method path on rest url query concrete wrong=''
	local queries=('limit=0' 'limit=-1' 'limit=99999999999999999999' 'limit=x' 'after=%ff' 'after=!!' 'after=e30'
		'after=bnVsbA' 'after=W10x' 'no_such_parameter=1' 'limit=1&limit=2' 'q=%00' 'q=%zz' 'category=%c0%80'
		"$(printf 'a%.0s' {1..5000})=1")
	while IFS=$'\t' read -r service method path on rest; do
		[ "$method" = GET ] || continue
		url=$ADMIN
		[[ ,$on, == *,admin,* ]] || url=$SHOP
		[[ ,$on, == *,admin,* || ,$on, == *,shop,* ]] || continue
		concrete=$(concrete "$path")
		for query in "${queries[@]}"; do
			send GET "$url$concrete?$query"
			[[ $http_status == 4?? ]] || wrong+="$path?${query:0:40}: $http_status"$'\n'
		done
		for query in '%00' '%ff' '%zz' '%2e%2e%2fetc' "'%20OR%201=1" "$(printf 'A%.0s' {1..3000})"; do
			[[ $path == *{* ]] || continue
			send GET "$url${path%%\{*}$query"
			[[ $http_status == 4?? ]] || wrong+="${path%%\{*}${query:0:40}: $http_status"$'\n'
		done
	done < <(routes)
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
