#!/usr/bin/env bats
# What orderd, paymentd and cartd tell notifyd: many things with one question, as their customers see
# them, and only to services.
load ../lib

setup_file() {
	pg_start orderd paymentd cartd
	nats_start
	daemon_start orderd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
	daemon_start paymentd -- --role serve
	daemon_start cartd ECOM_INTERNAL_URL=http://127.0.0.1:1 -- --role serve
}

uuid() {
	cat /proc/sys/kernel/random/uuid
}

# ask DAEMON PATH BODY [SCOPE]
ask() {
	SERVICE=$1 INSTANCE=$1-1 FRONTEND=internal TOKEN=$(token_for "$4" notifyd internal) api POST "$2" -d "$3"
}

@test "orders, without what only staff see" {
	local cart order
	cart=$(uuid)
	SERVICE=orderd INSTANCE=orderd-1 TOKEN=$(token_for '' guest:1) api POST /v1/orders -H "Idempotency-Key: $cart" -d "{
		\"cart\":\"$cart\",\"cart_version\":1,\"lines\":[{\"sku\":\"A\",\"quantity\":2,\"price\":{\"amount\":500,\"currency\":\"EUR\"}}],
		\"total\":{\"amount\":1490,\"currency\":\"EUR\"},\"email\":\"ann@example.org\",\"name\":\"Ann\",
		\"shipping_method\":\"standard\",\"payment_token\":\"tok_success\",
		\"shipping_address\":{\"name\":\"Ann\",\"line1\":\"B\",\"city\":\"C\",\"country\":\"DE\"}}"
	assert_status 202
	order=$(json .id)
	ask orderd /v1/order-notices "{\"orders\":[\"$order\",\"$(uuid)\"]}" orders:read
	assert_status 200
	assert_json '.data | length == 1 and .[0].order == $order and (.[0].body |
		.id == $order and .email == "ann@example.org" and .lines[0].sku == "A" and .step == null)' --arg order "$order"
	ask orderd /v1/order-notices "{\"orders\":[\"$order\"]}" catalog:read
	assert_status 403
	ask orderd /v1/order-notices '{"orders":["100001"]}' orders:read
	assert_invalid /orders/0
	ask orderd /v1/order-notices '{"orders":[]}' orders:read
	assert_invalid /orders
}

@test "the refunds of payments" {
	local payment
	payment=$(uuid)
	pg_sql paymentd "INSERT INTO payment (id, order_id, provider, amount, currency, status, authorized, captured)
			VALUES ('$payment', '$payment', 'sandbox', 500, 'EUR', 'captured', 500, 500)" \
		"INSERT INTO refund (id, payment_id, order_id, amount, currency, reason, status, requested_by)
			VALUES ('$payment', '$payment', '$payment', 200, 'EUR', 'broken', 'pending', 'somebody')"
	ask paymentd /v1/payment-notices "{\"payments\":[\"$payment\",\"$(uuid)\"]}" payments:request
	assert_status 200
	assert_json '.data | length == 1 and .[0].payment == $id and (.[0].refunds[0] | .id == $id
		and .amount == {amount: 200, currency: "EUR"} and .status == "pending" and (has("requested_by") | not))' \
		--arg id "$payment"
	ask paymentd /v1/payment-notices "{\"payments\":[\"$payment\"]}" orders:read
	assert_status 403
}

@test "carts with their lines" {
	local cart
	cart=$(uuid)
	pg_sql cartd "INSERT INTO cart (id, owner, currency, line_count, expires_at)
			VALUES ('$cart', 'somebody', 'EUR', 1, now() + interval '1 day')" \
		"INSERT INTO cart_line (cart_id, sku, name, quantity, price_amount) VALUES ('$cart', 'A', 'A thing', 2, 500)"
	ask cartd /v1/cart-notices "{\"carts\":[\"$cart\",\"$(uuid)\"]}" carts:read
	assert_status 200
	assert_json '.data | length == 1 and .[0].cart == $cart and .[0].body.subtotal.amount == 1000
		and .[0].body.lines[0].name == "A thing"' --arg cart "$cart"
	ask cartd /v1/cart-notices "{\"carts\":[\"$cart\"]}" orders:read
	assert_status 403
}
