#!/usr/bin/env bats
# Every route × every role × every frontend, from the route tables: who may not, cannot.
load ../lib
load lib

setup_file() {
	shop_up
	ADMIN_TOKEN=$(admin_token)
	export ADMIN_TOKEN
	local role
	for role in customer merchant support operator admin; do
		role_token "$role" >"$SCRATCH/token-$role"
	done
	service_token >"$SCRATCH/token-service"
	: >"$SCRATCH/token-nobody"
}

teardown_file() {
	shop_down_quietly
	scratch_remove
}

# The status that a route owes to a caller on a frontend: exact, or "passes" when the route itself
# answers (then whatever it says of our made-up input, but neither 401, 403 nor 5xx).
owed() { # FRONTEND ROLE, and the row's variables: sets owes
	local audience=ecom
	[ "$2" != service ] || audience=internal
	if [[ ,$on, != *,$1,* && " ${rows["$method $path"]} " == *[,\ ]$1[,\ ]* ]]; then
		owes=other # the path has another row there
	elif [[ ,$on, != *,$1,* ]]; then
		owes=elsewhere
	elif [ "$2" != nobody ] && [ "$audience" != "$([ "$1" = internal ] && echo internal || echo ecom)" ]; then
		owes=401
	elif [ "$1" = internal ] && [ "$2" = nobody ]; then
		owes=401
	elif [ "$needs" = token ] && [ "$2" = nobody ]; then
		owes=401
	elif [ "$needs" = token ] && [[ $scope != - && " ${scopes[$2]} " != *" $scope "* ]]; then
		owes=403
	else
		owes=passes
	fi
}

is_owed() { # STATUS OWED
	case $2 in
	other) ;;
	elsewhere) [[ $1 == 40[145] ]] ;; # 401: the token was for another frontend
	passes) [[ $1 != 401 && $1 != 403 && $1 != 5* ]] ||
		{ [ "$1" = 401 ] && [[ $path == /oauth/* ]]; } ;; # a client that names itself badly
	*) [ "$1" = "$2" ] ;;
	esac
}

@test "each route answers each role on each frontend as its row says" {
	local service method path on scope needs rest frontend role url owes http_status wrong='' count=0
	local -A tokens scopes rows
	while IFS=$'\t' read -r service method path on rest; do
		rows["$method $path"]+=" $on"
	done < <(routes)
	for role in nobody customer merchant support operator admin service; do
		tokens[$role]=$(<"$SCRATCH/token-$role")
		scopes[$role]=$(token_scopes "${tokens[$role]}")
	done
	while IFS=$'\t' read -r service method path on scope needs rest; do
		# Logging out would end this role's session for the rest of the matrix.
		[ "$method $path" != 'DELETE /v1/sessions/current' ] || continue
		url=$(concrete "$path")
		for frontend in shop admin internal; do
			for role in "${!tokens[@]}"; do
				http_status=$(curl -s -o /dev/null -w '%{http_code}' -X "$method" \
					${tokens[$role]:+-H "Authorization: Bearer ${tokens[$role]}"} \
					"$(frontend_url "$frontend")$url")
				count=$((count + 1))
				owed "$frontend" "$role"
				is_owed "$http_status" "$owes" ||
					wrong+="$frontend $role $method $path: $http_status, owed $owes"$'\n'
			done
		done
	done < <(routes)
	echo "# $count requests" >&3
	[ "$count" -gt 500 ] || flunk "only $count requests"
	[ -z "$wrong" ] || flunk "$wrong"
}

@test "each route refuses a call past the gateway, whatever the token" {
	local service method path on rest address token wrong=''
	token=$ADMIN_TOKEN
	for service in $(services); do
		address=$(jq -r .address "$STATE/run/$service-1.ports")
		while IFS=$'\t' read -r _ method path on rest; do
			TOKEN=$token gateway "$method" "http://$address$(concrete "$path")" \
				-H 'X-Ecom-Frontend: admin'
			[ "$http_status" = 403 ] || wrong+="$service $method $path: $http_status"$'\n'
			TOKEN=$token gateway "$method" "http://$address$(concrete "$path")" \
				-H 'X-Ecom-Frontend: admin' -H 'X-Ecom-Gateway: 0123456789abcdef'
			[ "$http_status" = 403 ] || wrong+="$service $method $path, guessed secret: $http_status"$'\n'
		done < <(routes | grep "^$service$(printf '\t')")
	done
	[ -z "$wrong" ] || flunk "$wrong"
}

@test "client-sent X-Ecom headers change nothing" {
	TOKEN='' gateway GET "$ADMIN/v1/users" -H 'X-Ecom-Frontend: internal' -H 'X-Ecom-Gateway: x' \
		-H 'X-Ecom-Subject: admin' -H 'X-Ecom-Scopes: users:admin'
	assert_problem 401 unauthenticated
	TOKEN='' gateway POST /v1/products -H 'X-Ecom-Frontend: admin' -d '{}'
	assert_problem 405 method_not_allowed
}

@test "every route has a scope, a token, or is meant to be public" {
	# A new public route must be added here on purpose.
	assert_equal "$(routes | awk -F'\t' '$6 == "-" && $4 ~ /shop|admin|internal/ {print $2, $3}' | sort)" \
'GET /.well-known/jwks.json
GET /v1/categories
GET /v1/categories/{slug}
GET /v1/order-tracking/{number}
GET /v1/products
GET /v1/products/{sku}
GET /v1/shop
POST /oauth/revoke
POST /oauth/token
POST /v1/email-verifications/confirm
POST /v1/guests
POST /v1/order-previews
POST /v1/password-resets
POST /v1/password-resets/confirm
POST /v1/sessions
POST /v1/unsubscriptions
POST /v1/users
POST /v1/webhooks/{provider}'
}
