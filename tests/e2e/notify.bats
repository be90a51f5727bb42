#!/usr/bin/env bats
# From what happens in the shop to what is written about it: orders, shipments, refunds, stock, carts,
# and the links that open an account.
bats_require_minimum_version 1.5.0
load ../lib

setup_file() {
	smtp_start
	export ECOM_CARTD_ABANDON_AFTER=1h ECOM_NOTIFYD_SMTP_URL=smtp://127.0.0.1:$SMTP_PORT \
		ECOM_NOTIFYD_SMTP_TLS=none
	shop_up
	ecomctl shop set name='Example & Sons' url=https://shop.example staff_email=staff@shop.example
}

uuid() {
	cat /proc/sys/kernel/random/uuid
}

product() { # SKU STOCK
	ecomctl product create "$1" --name "Thing <$1>" --price 10EUR --stock "$2" --status active >/dev/null
}

# person [LOCALE]: sets EMAIL, USER_ID, CUSTOMER (a token)
person() {
	EMAIL=person-$RANDOM$RANDOM@example.org
	TOKEN='' gateway POST /v1/users -d "{\"email\":\"$EMAIL\",\"password\":\"correct horse\",\"name\":\"Ann Smith\"${1:+,\"locale\":\"$1\"}}"
	assert_status 201
	USER_ID=$(json .id)
	login 'correct horse'
	assert_status 201
}

login() { # PASSWORD
	TOKEN='' gateway POST /v1/sessions -d "{\"email\":\"$EMAIL\",\"password\":\"$1\"}"
	CUSTOMER=$(json '.access_token // empty')
}

cart() { # SKU QUANTITY: of CUSTOMER; sets $cart $version $lines $total
	TOKEN=$CUSTOMER gateway POST /v1/carts -d '{"currency":"EUR"}'
	cart=$(json .id)
	TOKEN=$CUSTOMER gateway POST "/v1/carts/$cart/lines" -d "{\"sku\":\"$1\",\"quantity\":$2}"
	assert_status 200
	version=$(json .version) lines=$(json -c '[.lines[] | {sku, quantity, price}]')
	TOKEN='' gateway POST /v1/order-previews \
		-d "{\"lines\":$lines,\"shipping_method\":\"standard\",\"shipping_address\":{\"country\":\"DE\"}}"
	total=$(json -c .total)
}

# Nobody has touched $cart for two hours.
leave() {
	shop_sql cartd "UPDATE cart SET updated_at = now() - interval '2 hours', idle_since = now() - interval '2 hours'
		WHERE id = '$cart'"
}

# place PAYMENT_TOKEN: $cart for EMAIL; sets $order $number
place() {
	TOKEN=$CUSTOMER gateway POST /v1/orders -H "Idempotency-Key: $(uuid)" -H 'Prefer: wait=30' -d "$(jq -n -c \
		--arg cart "$cart" --argjson version "$version" --argjson lines "$lines" --argjson total "$total" \
		--arg token "$1" --arg email "$EMAIL" '{$cart, cart_version: $version, $lines, $total, $email,
		name: "Ann Smith", shipping_method: "standard", payment_token: $token, shipping_address: {name: "Ann",
		line1: "Main Street 1", city: "Berlin", postal_code: "10115", country: "DE"}}')"
	order=$(json '.order // .id') number=$(json .number)
}

note() { # KEY COLUMN
	shop_sql notifyd "SELECT $2 FROM notification WHERE key = '$1'"
}

mail_of() { # KEY: its file
	MAIL=$(smtp_mails "$(note "$1" recipient)" | xargs -r grep -lF "$(note "$1" message_id)")
}

# sent KEY: waits until the mail server has it; sets MAIL, its file
sent() {
	wait_for "[ \"\$(note '$1' status)\" = sent ]"
	wait_for "mail_of '$1'"
}

# link_in KEY [PAGE]: the token of the link in the mail, as who reads it has it
link_in() {
	sent "$1"
	mail_text "$MAIL" | grep -o "${2:-}#token=[0-9a-zA-Z_-]*" | head -n 1 | cut -d= -f2
}

request() { # PURPOSE: the newest one of USER_ID
	shop_sql userd "SELECT id FROM account_request WHERE user_id = '$USER_ID' AND purpose = '$1'
		ORDER BY created_at DESC LIMIT 1"
}

@test "an order, its shipment and its refund are told, each once" {
	local refund shipment
	product MAILED 10
	person
	cart MAILED 2
	place tok_success
	assert_status 201
	sent "order_confirmation:$order"
	assert_equal "$(note "order_confirmation:$order" 'recipient, category, locale')" "$EMAIL|order|en"
	assert_contains "$(mail_header "$MAIL" Subject)" "$number"
	assert_contains "$(mail_text "$MAIL")" 'Thing <MAILED>'
	assert_contains "$(mail_html "$MAIL")" 'Thing &lt;MAILED&gt;'
	assert_contains "$(mail_html "$MAIL")" 'Example &amp; Sons'
	ecomctl order ship "$number" --line MAILED=1 --carrier DHL --tracking JD014600003
	shipment=$(shop_sql orderd "SELECT id FROM shipment WHERE order_id = '$order'")
	sent "shipment:$shipment"
	assert_contains "$(mail_text "$MAIL")" JD014600003
	assert_contains "$(mail_text "$MAIL")" '1 x Thing <MAILED>'
	wait_for "[ \"\$(shop_sql paymentd \"SELECT captured > 0 FROM payment WHERE order_id = '$order'\")\" = t ]"
	ecomctl refund create "$number" --amount 5EUR --reason scratched
	wait_for "[ \"\$(shop_sql paymentd \"SELECT status FROM refund WHERE order_id = '$order'\")\" = succeeded ]"
	refund=$(shop_sql paymentd "SELECT id FROM refund WHERE order_id = '$order'")
	sent "refund:$refund"
	assert_contains "$(mail_text "$MAIL")" 5.00
	assert_equal "$(shop_sql notifyd "SELECT template, count(*) FROM notification WHERE order_id = '$order'
		GROUP BY 1 ORDER BY 1")" 'order_confirmation|1
refund|1
shipment|1'
	# What comes again changes nothing.
	ecomctl event replay --since 1h --yes >/dev/null
	assert_equal "$(shop_sql notifyd "SELECT count(*) FROM notification WHERE order_id = '$order'")" 3
	sent "email_verification:$(request verify_email)"
	assert_equal "$(smtp_mails "$EMAIL" | wc -l)" 4 # with the one that proves the address
}

@test "a failed payment is told, with the customer's language" {
	product DECLINED 5
	person de
	cart DECLINED 1
	place tok_decline
	assert_problem 409 payment_declined
	sent "payment_failed:$order"
	assert_contains "$(mail_text "$MAIL")" "$number"
}

@test "staff hear of low stock" {
	product SCARCE 6
	ecomctl stock threshold SCARCE 5
	person
	cart SCARCE 2
	place tok_success
	wait_for '[ "$(shop_sql notifyd "SELECT count(*) FROM notification WHERE template = '"'low_stock'"'
		AND refs->>'"'sku'"' = '"'SCARCE'"' AND recipient = '"'staff@shop.example' AND status = 'sent'"'")" = 1 ]'
	assert_contains "$(shop_sql notifyd "SELECT text FROM notification WHERE template = 'low_stock' AND refs->>'sku' = 'SCARCE'")" \
		'Thing <SCARCE>'
}

@test "a cart that was left is told once; by its link never again" {
	local first token
	product LEFT 10
	person de
	cart LEFT 1
	leave
	first=$cart
	sent "abandoned_cart:$first"
	assert_equal "$(note "abandoned_cart:$first" 'recipient, category, locale')" "$EMAIL|marketing|de"
	token=$(link_in "abandoned_cart:$first")
	TOKEN='' gateway POST /v1/unsubscriptions -d "{\"token\":\"$token\"}"
	assert_status 200
	TOKEN=$CUSTOMER gateway GET /v1/notification-preferences
	assert_json '.wanted.email.marketing == false'
	assert_equal "$(ecomctl notification preferences "$USER_ID" -o json | jq -c -s 'flatten |
		map(select(.wanted | not) | [.channel, .category])')" '[["email","marketing"]]'
	cart LEFT 2
	leave
	wait_for "[ \"\$(note 'abandoned_cart:$cart' 'status, reason')\" = 'suppressed|opt_out' ]"
}

@test "an address is proved by the link in the mail" {
	local token
	person
	token=$(link_in "email_verification:$(request verify_email)" https://shop.example/verify-email)
	TOKEN='' gateway POST /v1/email-verifications/confirm -d "{\"token\":\"$token\"}"
	assert_status 200
	TOKEN=$CUSTOMER gateway GET /v1/me
	assert_json '.email_verified_at != null'
}

@test "a forgotten password is set by the link in the mail; the token is nowhere else" {
	local token
	person
	TOKEN='' gateway POST /v1/password-resets -d "{\"email\":\"$EMAIL\"}"
	assert_status 202
	wait_for '[ -n "$(request reset_password)" ]'
	token=$(link_in "password_reset:$(request reset_password)")
	assert_equal "$(shop_sql notifyd "SELECT count(*) FROM notification WHERE data::text LIKE '%$token%' OR refs::text LIKE '%$token%'")" 0
	TOKEN='' gateway POST /v1/password-resets/confirm -d "{\"token\":\"$token\",\"password\":\"battery staple\"}"
	assert_status 200
	login 'correct horse'
	assert_problem 401 invalid_credentials
	login 'battery staple'
	assert_status 201
	assert_equal "$(shop_sql userd "SELECT count(*) FROM outbox WHERE body::text LIKE '%$token%'")" 0
	run -1 grep -rqFe "$token" "$STATE/log"
}
