#!/usr/bin/env bats
# The settings of the shop, and what they govern.
load ../lib

setup_file() {
	pg_start orderd
	nats_start
	daemon_start orderd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
	ANN=$(token_for '' 00000000-0000-7000-8000-00000000a001)
	STAFF=$(token_for 'orders:read orders:write shop:write' 00000000-0000-7000-8000-00000000c001)
	export ANN STAFF
}

teardown() {
	logs_on_failure
}

teardown_file() {
	scratch_remove
}

staff() {
	TOKEN=$STAFF FRONTEND=admin api "$@"
}

change() { # BODY
	local version
	staff GET /v1/shop
	version=$(json .version)
	staff PATCH /v1/shop -d "$1" -H "If-Match: \"$version\""
}

order_in() { # CURRENCY
	TOKEN=$ANN api POST /v1/orders -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" -d "{
		\"cart\":\"$(cat /proc/sys/kernel/random/uuid)\",\"cart_version\":1,
		\"lines\":[{\"sku\":\"A\",\"quantity\":1,\"price\":{\"amount\":1000,\"currency\":\"$1\"}}],
		\"total\":{\"amount\":2490,\"currency\":\"$1\"},\"email\":\"a@example.org\",
		\"shipping_address\":{\"name\":\"A\",\"line1\":\"B\",\"city\":\"C\",\"country\":\"${2:-DE}\"},
		\"shipping_method\":\"express\",\"payment_token\":\"tok_success\"}"
}

@test "a fresh shop has settings; everybody may read them, and keep them for a moment" {
	api GET /v1/shop
	assert_status 200
	assert_header etag '^"1"$'
	assert_header cache-control 'max-age=5'
	assert_json '.name == "Shop" and .currencies == [] and .locale == "en" and .locales == ["en", "de"]
		and .tax_mode == "exclusive" and .sender == null and .invoice_prefix == "INV"'
	TOKEN=$(token_for 'orders:read' 00000000-0000-7000-8000-00000000d001 internal) FRONTEND=internal api GET /v1/shop
	assert_status 200
}

@test "settings are changed by a merge patch, at the version that was seen" {
	change '{"name":"Blue Door","legal_name":"Blue Door GmbH","address":"Main Street 1\n10115 Berlin",
		"tax_id":"DE123456789","url":"https://shop.example","sender":"Shop@Example.org",
		"staff_email":"staff@example.org","locale":"de","invoice_note":"IBAN DE02120300000000202051"}'
	assert_status 200
	assert_header etag '^"2"$'
	assert_json '.name == "Blue Door" and .sender == "shop@example.org" and .locale == "de" and .version == 2
		and .address == "Main Street 1\n10115 Berlin" and .staff_email == "staff@example.org"'
	change '{"tax_id":null}'
	assert_json '.tax_id == null and .legal_name == "Blue Door GmbH"'
	staff PATCH /v1/shop -d '{"name":"X"}' -H 'If-Match: "1"'
	assert_problem 412 precondition_failed
	staff PATCH /v1/shop -d '{"name":"X"}'
	assert_problem 428 precondition_required
	TOKEN=$(token_for 'orders:read' 00000000-0000-7000-8000-00000000d001) FRONTEND=admin \
		api PATCH /v1/shop -d '{"name":"X"}' -H 'If-Match: "3"'
	assert_problem 403 insufficient_scope
}

@test "where staff are reached is not for everybody" {
	api GET /v1/shop
	assert_json '.staff_email == null and .sender == "shop@example.org"'
	TOKEN=$ANN api GET /v1/shop
	assert_json '.staff_email == null'
	TOKEN=$(token_for 'orders:read' 00000000-0000-7000-8000-00000000d001 internal) FRONTEND=internal api GET /v1/shop
	assert_json '.staff_email == "staff@example.org"'
}

@test "bad settings are refused, each by name" {
	local case
	while IFS='|' read -r pointer body; do
		change "$body"
		assert_invalid "$pointer"
	done <<-'CASES'
		/sender|{"sender":"a@example.org\r\nBcc: b@example.org"}
		/sender|{"sender":"nobody"}
		/reply_to|{"reply_to":"a b@example.org"}
		/name|{"name":"Shop\nBcc: x"}
		/name|{"name":""}
		/name|{"name":null}
		/address|{"address":"A\r\nB"}
		/locale|{"locale":"DE_de"}
		/locales/0|{"locales":["english"]}
		/currencies/1|{"currencies":["EUR","EUX"]}
		/currencies/0|{"currencies":["eur"]}
		/tax_mode|{"tax_mode":"none"}
		/url|{"url":"javascript:alert(1)"}
		/url|{"url":"https://x\u0020y"}
		/invoice_prefix|{"invoice_prefix":"../x"}
		/nam|{"nam":"x"}
	CASES
	change '{"locale":"fr"}'
	assert_problem 422 shop_locale_missing
	change '{"locales":["fr","de"],"locale":"fr"}'
	assert_status 200
	change '{"invoice_prefix":"CN"}'
	assert_problem 422 shop_prefixes_equal
	change '{"reversal_prefix":"CN"}'
	assert_problem 422 shop_prefixes_equal
	change '{"reversal_prefix":"ST"}'
	assert_json '.reversal_prefix == "ST"'
}

@test "an order in a currency that the shop does not take is refused" {
	order_in EUR
	assert_status 202
	change '{"currencies":["CHF","USD","CHF"]}'
	assert_json '.currencies == ["CHF", "USD"]'
	order_in EUR
	assert_problem 422 order_currency_not_taken
	assert_json '.hint | contains("CHF, USD")'
	change '{"currencies":["EUR","USD"]}'
	order_in EUR
	assert_status 202
	change '{"currencies":[]}'
	order_in EUR
	assert_status 202
}

@test "the tax mode is that of places without a tax rate" {
	order_in EUR AQ
	assert_json '.tax_inclusive == false and .tax.amount == 0 and .tax_name == null'
	change '{"tax_mode":"inclusive"}'
	order_in EUR AQ
	assert_json '.tax_inclusive and .tax.amount == 0 and .total.amount == 2490'
	order_in EUR DE
	assert_json '.tax_inclusive and .tax_rate_ppm == 190000'
}
