#!/usr/bin/env bats
# What belongs to one person does not exist for another: every route of the shop with an id in its
# path, from the route tables, for users and for guests. A new route must be classified here.
load ../lib
load lib

setup_file() {
	shop_up
	ADMIN_TOKEN=$(admin_token)
	export ADMIN_TOKEN
	product_for_sale OWN-1 1000
	role_token customer >"$SCRATCH/token-user"
	guest_token >"$SCRATCH/token-guest"
	role_token customer >"$SCRATCH/token-other-user"
	guest_token >"$SCRATCH/token-other-guest"
	: >"$SCRATCH/token-nobody"
	belongings user
	belongings guest
}

teardown_file() {
	shop_down_quietly
	scratch_remove
}

admin_post() { # PATH BODY
	TOKEN=$ADMIN_TOKEN gateway POST "$ADMIN$1" -d "$2" -H 'Prefer: wait=20'
	[[ $http_status == 20? ]] || { show_answer >&2; flunk "POST $1"; }
}

# Nothing is under way between the services.
is_quiet() {
	[ "$(shop_sql paymentd "SELECT count(*) FROM payment_operation WHERE state IN ('queued', 'calling', 'asked')")" = 0 ] &&
		[ "$(for service in $(services); do
			shop_sql "$service" 'SELECT count(*) FROM outbox WHERE sent_at IS NULL'
		done | sort -u)" = 0 ] &&
		[ "$(shop_sql orderd 'SELECT payment_id, payment_version FROM orders ORDER BY 1')" = \
			"$(shop_sql paymentd 'SELECT id, version FROM payment ORDER BY 1')" ]
}

# belongings user|guest: one of each of what a person has, its id in own-WHO-WHAT.
belongings() {
	local token cart order who=$1
	token=$(<"$SCRATCH/token-$who")
	own() { echo "$2" >"$SCRATCH/own-$who-$1"; }
	cart=$(cart_of "$token" OWN-1 2)
	TOKEN=$token gateway POST /v1/orders -d "$(order_body "$token" "$cart")" -H "Idempotency-Key: own-$who"
	order=$(json .number)
	wait_for "[ \"\$(shop_sql orderd \"SELECT status FROM orders WHERE number = '$order'\")\" = confirmed ]"
	own order "$order"
	own payment "$(shop_sql orderd "SELECT payment_id FROM orders WHERE number = '$order'")"
	admin_post "/v1/orders/$order/shipments" '{"lines":[{"line":1,"quantity":1}]}'
	own shipment "$(json .id)"
	wait_for "shop_sql orderd \"SELECT number FROM invoice WHERE shipment_id = '$(json .id)'\" | grep ."
	own invoice "$(shop_sql orderd "SELECT number FROM invoice WHERE shipment_id = '$(json .id)'")"
	admin_post "/v1/orders/$order/notes" '{"text":"Thank you","public":true}'
	own note "$(json .id)"
	admin_post /v1/refunds "{\"order\":\"$order\",\"amount\":100,\"reason\":\"scratch\"}"
	own refund "$(json .id)"
	wait_for "shop_sql orderd \"SELECT number FROM invoice WHERE refund_id = '$(json .id)'\" | grep ."
	TOKEN=$token gateway POST "/v1/orders/$order/returns" -d '{"reason":"regret"}'
	assert_status 201 >&2
	own return "$(json .number)"
	admin_post "/v1/orders/$order/cancellations" '{}'
	own cancellation "$(json .id)"
	# What follows from all that would change what he sees.
	wait_for "[ \"\$(shop_sql orderd \"SELECT status FROM orders WHERE number = '$order'\")\" = completed ]"
	wait_for is_quiet
	# A cart that is still one.
	own cart "$(cart_of "$token" OWN-1 1 | jq -r .id)"
	[ "$who" = guest ] || {
		TOKEN=$token gateway POST /v1/me/addresses \
			-d '{"name":"A","line1":"B","city":"C","country":"DE"}'
		assert_status 201 >&2
		own address "$(json .id)"
	}
}

# What each {part} of a path names: the things of belongings(), and what is no thing of its own.
thing() { # PATH: prints PART=THING …
	case $1 in
	'/v1/me/addresses/{id}') echo id=address ;;
	'/v1/carts/{id}' | '/v1/carts/{id}/'*) echo id=cart sku=:OWN-1 code=:OWN10 ;;
	'/v1/orders/{number}' | '/v1/orders/{number}/'*)
		echo number=order shipment=shipment cancellation=cancellation note=note ;;
	'/v1/payments/{id}' | '/v1/payments/{id}/'*) echo id=payment ;;
	'/v1/refunds/{id}' | '/v1/refunds/{id}/'*) echo id=refund ;;
	'/v1/returns/{number}' | '/v1/returns/{number}/'*) echo number=return ;;
	'/v1/invoices/{number}' | '/v1/invoices/{number}/'*) echo number=invoice ;;
	*) return 1 ;;
	esac
}

# Those that belong to nobody, or are opened by something else than a token.
is_public() { # METHOD PATH
	case "$1 $2" in
	'GET /v1/products/{sku}' | 'GET /v1/categories/{slug}') ;;
	'GET /v1/order-tracking/{number}') ;; # by e-mail address, tested below
	'POST /v1/webhooks/{provider}') ;;    # signed by the provider
	*) return 1 ;;
	esac
}

# A body that is right, so that only the owner is wrong.
body_for() { # METHOD PATH
	case "$1 $2" in
	'PATCH /v1/me/addresses/{id}') echo '{"city":"D"}' ;;
	'POST /v1/carts/{id}/lines') echo '{"sku":"OWN-1","quantity":1}' ;;
	'POST /v1/carts/{id}/coupons') echo '{"code":"OWN10"}' ;;
	'PATCH /v1/carts/{id}/lines/{sku}') echo '{"quantity":3}' ;;
	'POST /v1/carts/{id}/validation') echo '{"accept":true}' ;;
	'POST /v1/carts/{id}/merge')
		echo "{\"from\":\"$(<"$SCRATCH/own-guest-cart")\",\"guest_token\":\"$(<"$SCRATCH/token-other-guest")\"}" ;;
	'POST /v1/orders/{number}/cancellations') echo '{}' ;;
	'POST /v1/orders/{number}/returns') echo '{"reason":"regret"}' ;;
	*) return 1 ;;
	esac
}

# path_of WHO PATH: with the ids of what WHO owns; fails when he has none.
path_of() {
	local path=$2 pair value
	for pair in $(thing "$2"); do
		value=${pair#*=}
		if [[ $value == :* ]]; then
			value=${value#:}
		else
			[ -e "$SCRATCH/own-$1-$value" ] || continue
			value=$(<"$SCRATCH/own-$1-$value")
		fi
		path=${path//\{${pair%%=*}\}/$value}
	done
	[[ $path != *{* ]] && echo "$path"
}

owned_routes() { # FRONTEND: method, path, frontends, scope, token, body
	routes | awk -F'\t' -v on="$1" '$3 ~ /{/ && ("," $4 ",") ~ ("," on ",") && $5 == "-" {
		print $2 "\t" $3 "\t" $4 "\t" $5 "\t" $6 "\t" $7 }'
}

# What a person sees of his own.
seen_by() {
	local who=$1 method path rest url
	while IFS=$'\t' read -r method path rest; do
		[ "$method" = GET ] && ! is_public "$method" "$path" && url=$(path_of "$who" "$path") || continue
		TOKEN=$(<"$SCRATCH/token-$who") gateway GET "$url"
		echo "$url $http_status $(jq -S -c 'del(.request_id)' <<<"$http_body" 2>/dev/null ||
			sha256sum <"$http_body_file")"
	done < <(owned_routes shop)
}

@test "every route with an id is classified" {
	local method path on scope needs body wrong=''
	while IFS=$'\t' read -r method path on scope needs body; do
		is_public "$method" "$path" || thing "$path" >/dev/null ||
			wrong+="whose is $method $path?"$'\n'
		is_public "$method" "$path" || [ "$needs" = token ] || wrong+="no token: $method $path"$'\n'
		is_public "$method" "$path" || [ "$body" != json ] || body_for "$method" "$path" >/dev/null ||
			wrong+="no body for $method $path"$'\n'
	done < <(owned_routes shop)
	[ -z "$wrong" ] || flunk "$wrong"
}

@test "everybody sees his own" {
	local who line
	for who in user guest; do
		seen_by "$who" >"$BATS_TEST_TMPDIR/$who"
		while read -r line; do
			[[ $line =~ ^[^\ ]+\ 200\  ]] || flunk "$who: $line"
		done <"$BATS_TEST_TMPDIR/$who"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/$who")" -ge 6 ] || flunk "$who: $(cat "$BATS_TEST_TMPDIR/$who")"
	done
}

@test "another's things are 404 on every route, and stay as they are" {
	local owner other frontend base method path on scope needs body url data owes wrong='' count=0
	for owner in user guest; do
		seen_by "$owner" >"$BATS_TEST_TMPDIR/$owner.before"
	done
	for owner in user guest; do
		for other in other-user other-guest nobody "$([ "$owner" = user ] && echo guest || echo user)"; do
			for frontend in shop admin; do
				base=$(frontend_url "$frontend")
				while IFS=$'\t' read -r method path on scope needs body; do
					! is_public "$method" "$path" && thing "$path" >/dev/null &&
						url=$(path_of "$owner" "$path") || continue
					data=()
					[ "$body" != json ] || data=(-d "$(body_for "$method" "$path")")
					TOKEN=$(<"$SCRATCH/token-$other") gateway "$method" "$base$url" \
						-H 'If-Match: "1"' -H "Idempotency-Key: $(uuidgen)" "${data[@]}"
					owes=404
					[ "$other" != nobody ] || owes=401
					count=$((count + 1))
					[ "$http_status" = "$owes" ] ||
						wrong+="$other, $owner's, $frontend $method $url: $http_status ${http_body:0:120}"$'\n'
				done < <(owned_routes "$frontend")
			done
		done
	done
	echo "# $count requests" >&3
	[ "$count" -gt 100 ] || flunk "only $count requests"
	[ -z "$wrong" ] || flunk "$wrong"
	for owner in user guest; do
		seen_by "$owner" >"$BATS_TEST_TMPDIR/$owner.after"
		diff "$BATS_TEST_TMPDIR/$owner.before" "$BATS_TEST_TMPDIR/$owner.after"
	done
}

# names THING: the body has it, as a text or in a path. Its digits may stand in any id or time by chance.
names() {
	jq -e --arg thing "$1" 'any(.. | strings; . == $thing or (split("/") | index($thing)))' <<<"$http_body" >/dev/null
}

@test "no list shows another's things" {
	local who method path on scope needs body rest owner file wrong=''
	while IFS=$'\t' read -r _ method path on scope needs body rest; do
		[ "$method" = GET ] && [[ $path != *{* && ,$on, == *,shop,* ]] && [ "$needs" = token ] || continue
		for who in other-user other-guest; do
			TOKEN=$(<"$SCRATCH/token-$who") gateway GET "$path"
			for file in "$SCRATCH"/own-*; do
				! names "$(<"$file")" || wrong+="$who sees $(basename "$file") in $path"$'\n'
			done
		done
		for owner in user guest; do
			TOKEN=$(<"$SCRATCH/token-$owner") gateway GET "$path"
			case $path in
			/v1/carts) file=cart ;;
			/v1/orders) file=order ;;
			/v1/refunds) file=refund ;;
			/v1/returns) file=return ;;
			*) continue ;;
			esac
			names "$(<"$SCRATCH/own-$owner-$file")" || wrong+="$owner misses $file in $path"$'\n'
		done
	done < <(routes)
	[ -z "$wrong" ] || flunk "$wrong"
}

@test "an order cannot be placed with another's cart" {
	local token cart
	token=$(<"$SCRATCH/token-other-user")
	TOKEN=$(<"$SCRATCH/token-user") gateway GET "/v1/carts/$(<"$SCRATCH/own-user-cart")"
	cart=$http_body
	TOKEN=$token gateway POST /v1/orders -d "$(order_body "$token" "$cart")" -H 'Prefer: wait=20' \
		-H 'Idempotency-Key: another-cart'
	[[ $http_status == 4?? ]] || { show_answer; flunk "an order of another's cart"; }
	TOKEN=$(<"$SCRATCH/token-user") gateway GET "/v1/carts/$(<"$SCRATCH/own-user-cart")"
	assert_json '.status == "active"'
}

@test "tracking needs the right address, and a wrong one is as good as a wrong number" {
	local number
	number=$(<"$SCRATCH/own-user-order")
	TOKEN='' gateway GET "/v1/order-tracking/$number?email=somebody@example.org"
	assert_status 200
	TOKEN='' gateway GET "/v1/order-tracking/$number?email=other@example.org"
	assert_problem 404 not_found
	TOKEN='' gateway GET '/v1/order-tracking/99999999?email=somebody@example.org'
	assert_problem 404 not_found
}
