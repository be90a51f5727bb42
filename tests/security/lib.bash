# What the security tests share: the route tables as rows, and callers of every role.
# shellcheck shell=bash

# A slow machine takes longer for all routes than a token lives by default.
export ECOM_USERD_ACCESS_TOKEN_LIFE=60m

# routes: service, method, path, frontends, scope, token, body, if-match, key, ok; tab-separated.
routes() {
	"$BUILDDIR/tools/describe" routes
}

# Those that have routes and a database.
services() {
	routes | cut -f1 | grep -v '^admind$' | sort -u
}

# A path with something that does not exist in each {part}.
concrete() {
	sed -e 's/{id}/00000000-0000-7000-8000-00000000dead/' -e 's/{[a-z]*}/NOPE/g' <<<"$1"
}

frontend_url() { # shop|admin|internal
	case $1 in
	shop) echo "$SHOP" ;;
	admin) echo "$ADMIN" ;;
	internal) echo "$INTERNAL" ;;
	esac
}

admin_token() {
	curl -sS -K - -d grant_type=client_credentials "$ADMIN/oauth/token" \
		<<<"user = \"admin:$(<"$STATE/secrets/clients/admin")\"" | jq -r .access_token
}

# role_token ROLE: registers a user, gives it the role, logs it in.
role_token() {
	local email id version
	email=$1-$(uuidgen)@example.org
	TOKEN='' gateway POST /v1/users -d "{\"email\":\"$email\",\"password\":\"correct horse $1\",\"name\":\"$1\"}"
	assert_status 201 >&2
	id=$(json .id)
	version=$(json .version)
	if [ "$1" != customer ]; then
		TOKEN=$ADMIN_TOKEN gateway PUT "$ADMIN/v1/users/$id/roles" -d "{\"roles\":[\"$1\"]}" \
			-H "If-Match: \"$version\""
		assert_status 200 >&2
	fi
	TOKEN='' gateway POST /v1/sessions -d "{\"email\":\"$email\",\"password\":\"correct horse $1\"}"
	assert_status 201 >&2
	json .access_token
}

# The token of a service, for the internal frontend.
service_token() {
	TOKEN=$ADMIN_TOKEN gateway POST "$ADMIN/v1/clients" \
		-d '{"id":"security-test","role":"service","audience":"internal"}'
	assert_status 201 >&2
	curl -sS -K - -d grant_type=client_credentials -d audience=internal "$ADMIN/oauth/token" \
		<<<"user = \"security-test:$(json .secret)\"" | jq -r .access_token
}

token_scopes() { # TOKEN: its scope claim
	[ -z "$1" ] || jq -R -r 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") |
		. + "==="[(length + 3) % 4:] | @base64d | fromjson | .scope' <<<"$1"
}

guest_token() {
	TOKEN='' gateway POST /v1/guests
	assert_status 201 >&2
	json .access_token
}

# product_for_sale SKU STOCK
product_for_sale() {
	TOKEN=$ADMIN_TOKEN gateway POST "$ADMIN/v1/products" -d "{\"sku\":\"$1\",\"name\":\"$1\",
		\"status\":\"active\",\"stock\":$2,\"price\":{\"amount\":1999,\"currency\":\"EUR\"}}"
	assert_status 201 >&2
}

# cart_of TOKEN SKU QUANTITY: a cart with one line, as JSON.
cart_of() {
	TOKEN=$1 gateway POST /v1/carts -d '{"currency":"EUR"}'
	assert_status 201 >&2
	TOKEN=$1 gateway POST "/v1/carts/$(json .id)/lines" -d "{\"sku\":\"$2\",\"quantity\":$3}"
	assert_status 200 >&2
	echo "$http_body"
}

# order_body TOKEN CART [PAYMENT TOKEN]: what POST /v1/orders takes for a cart (JSON), total included.
order_body() {
	local order
	order=$(jq -c --arg token "${3:-tok_success}" '{cart: .id, cart_version: .version,
		lines: [.lines[] | {sku, quantity, price}], email: "somebody@example.org",
		shipping_address: {name: "Some Body", line1: "Street 1", city: "Berlin", country: "DE"},
		shipping_method: "standard", payment_token: $token}' <<<"$2")
	TOKEN=$1 gateway POST /v1/order-previews \
		-d "$(jq -c '{lines, shipping_method, shipping_address}' <<<"$order")"
	assert_status 200 >&2
	jq -c --argjson total "$(json -c .total)" '.total = $total' <<<"$order"
}
