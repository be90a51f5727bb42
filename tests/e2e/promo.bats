#!/usr/bin/env bats
# Promotions through the whole shop: a coupon from the desk to the order, categories from the catalogue, and
# more clients than a coupon has uses.

load ../lib
load ../chaos/checker

setup_file() {
	export ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=100000000
	shop_up
	ecomctl category create kitchen --name Kitchen -q
	ecomctl category create mugs --name Mugs --parent kitchen -q
	ecomctl product create MUG-1 --name 'A mug' --price 10EUR --stock 10000 --status active --category mugs -q
	ecomctl product create HOT-1 --name 'Sought after' --price 20EUR --stock 10000 --status active -q
}

new_cart() { # SKU QUANTITY
	local id
	id=$(ecomctl cart create --currency EUR -q)
	ecomctl cart add "$id" "$1" -n "$2" -q
}

checkout() { # CART [ARGUMENTS]
	ecomctl cart checkout "$@" --email ann@example.com --name Ann --line1 Way --postal-code 10115 \
		--city Berlin --country DE --payment-token tok_success --shipping-method express --wait -o json
}

@test "a coupon from the desk to the order" {
	local cart order
	ecomctl promo create spring --name Spring --kind percentage --percent 12.5% --coupons SPRING --max-uses 10
	cart=$(new_cart MUG-1 3)
	ecomctl cart coupon add "$cart" spring -o json | jq -e '.coupons == ["SPRING"]'
	ecomctl promo explain "$cart" --country DE >"$SCRATCH/explained"
	grep -q "$(printf 'spring\tSPRING\ttrue\t3.75 EUR')" "$SCRATCH/explained"
	grep -q "$(printf '1\tMUG-1\t3\t10.00 EUR\t3.75 EUR')" "$SCRATCH/explained"
	order=$(checkout "$cart")
	jq -e '.status == "confirmed" and .discount.amount == 375 and .total.amount == 2625 + 1490
		and .discounts[0].coupon == "SPRING"' <<<"$order"
	ecomctl promo redemptions spring -o json | jq -e --arg number "$(jq -r .number <<<"$order")" \
		'.[0].number == $number and .[0].amount.amount == 375'
	ecomctl promo get spring -o json | jq -e '.uses == 1'
}

@test "what does not apply is said before anything is ordered, and the use is given back with the order" {
	local cart number
	ecomctl promo create big --name Big --kind amount --amount 5EUR --min-subtotal 50EUR --coupons BIG
	cart=$(new_cart MUG-1 3)
	ecomctl cart coupon add "$cart" BIG -q
	run checkout "$cart"
	[ "$status" = 6 ]
	assert_contains "$output" below_minimum
	ecomctl promo explain "$cart" -o json | jq -e '.[] | select(.promotion == "big") | .applies == false
		and .reason == "below_minimum" and .detail.missing == 2000'
	ecomctl cart set "$cart" MUG-1 -n 5 -q
	number=$(checkout "$cart" | jq -r .number)
	assert_equal "$(ecomctl promo get big -o json | jq .uses)" 1
	ecomctl order cancel "$number" --reason customer --yes -q
	wait_for '[ "$(ecomctl promo get big -o json | jq .uses)" = 0 ]'
}

@test "categories come from the catalogue, with those above, and follow its changes" {
	local cart
	ecomctl promo create kitchen --name Kitchen --kind percentage --percent 50 --categories kitchen
	cart=$(new_cart MUG-1 1)
	ecomctl promo explain "$cart" -o json | jq -e '.[] | select(.promotion == "kitchen") | .amount.amount == 500'
	checkout "$cart" | jq -e '.discount.amount == 500'
	ecomctl category create garden --name Garden -q
	ecomctl product update MUG-1 --category garden -q
	cart=$(new_cart MUG-1 1)
	wait_for '[ "$(ecomctl promo explain '"$cart"' -o json | jq -r ".[] | select(.promotion == \"kitchen\") | .reason")" = no_product ]'
	ecomctl promo update kitchen --active no -q
}

@test "promotions are taken from a file as they were listed" {
	ecomctl promo list -o json >"$SCRATCH/promotions.json"
	jq 'map(.name = "Other " + .code)' "$SCRATCH/promotions.json" >"$SCRATCH/changed.json"
	ecomctl promo create --file "$SCRATCH/changed.json" -q
	ecomctl promo list -o json | jq -e --slurpfile was "$SCRATCH/promotions.json" \
		'(map(.name) == ($was[0] | map("Other " + .code))) and (map(.products, .ppm) == ($was[0] | map(.products, .ppm)))'
}

with_coupon() { # STATUS
	shop_sql orderd "SELECT count(*) FROM orders o JOIN order_discount d ON d.order_id = o.id
		WHERE d.coupon = 'HOT100' AND o.status = '$1'"
}

@test "a coupon with 100 uses and 64 clients: 100 orders have it, the others are told" {
	local cart
	ecomctl promo create hot --name Hot --kind percentage --percent 20 --coupons HOT100 --max-uses 100
	"$BUILDDIR/bench/checkout" --shop "$SHOP" --sku HOT- --mode place --clients 64 --count 192 --guest-every 1 \
		--wait 30 --patience 200 --coupon HOT100 --history "$SCRATCH/history.ndjson"
	assert_equal "$(with_coupon confirmed)" 100
	assert_equal "$(shop_sql orderd "SELECT p.uses, c.uses, (SELECT count(*) FROM promotion_redemption
		WHERE promotion = 'hot' AND given_back_at IS NULL) FROM promotion p JOIN promotion_coupon c ON c.promotion = p.code
		WHERE p.code = 'hot'")" '100|100|100'
	# Those that were ordered before it was known are rejected, the others were refused; none was paid.
	assert_equal "$(shop_sql orderd "SELECT DISTINCT reason FROM orders o JOIN order_discount d ON d.order_id = o.id
		WHERE d.coupon = 'HOT100' AND o.status <> 'confirmed'")" promotion_used_up
	assert_equal "$(shop_sql catalogd "SELECT allocated FROM stock_level WHERE sku = 'HOT-1'")" 100
	cart=$(new_cart HOT-1 1)
	ecomctl cart coupon add "$cart" HOT100 -q
	ecomctl promo explain "$cart" -o json | jq -e '.[] | select(.promotion == "hot") | .applies == false
		and .reason == "used_up" and .detail.uses == 100'
	run checkout "$cart"
	[ "$status" = 6 ]
	assert_contains "$output" used_up
	ecomctl cart coupon remove "$cart" HOT100 -q
	checkout "$cart" | jq -e '.status == "confirmed" and .discount.amount == 0'
	check_settle
	check_run 09-totals 11-one-order-per-cart 30-promotions
}
