# HAProxy and gatewayd with doubles of the services behind them, without the engine.
# shellcheck shell=bash

# gateway_start [KEY=VALUE…]: gatewayd's options by environment. Needs nats_start and token_jwks.
gateway_start() {
	scratch_make
	local service port
	mkdir -p "$SCRATCH/gateway"
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$SCRATCH/gateway"
	for service in userd catalogd cartd orderd paymentd notifyd admind; do
		daemon_secret "$service"
	done
	port=$(ports_free 3)
	export SHOP_URL=http://127.0.0.1:$port
	export ADMIN_URL=http://127.0.0.1:$((port + 1)) INTERNAL_URL=http://127.0.0.1:$((port + 2))
	GATEWAY_ENVIRONMENT="ECOM_GATEWAYD_GATEWAY_DIR=$SCRATCH/gateway
ECOM_GATEWAYD_SECRETS_DIR=$SCRATCH/secrets
ECOM_GATEWAYD_STATS_SOCKET=$SCRATCH/run/stats.sock
ECOM_GATEWAYD_MASTER_SOCKET=$SCRATCH/run/master.sock
ECOM_GATEWAYD_SHOP_ADDRESS=127.0.0.1:$port
ECOM_GATEWAYD_ADMIN_ADDRESS=127.0.0.1:$((port + 1))
ECOM_GATEWAYD_INTERNAL_ADDRESS=127.0.0.1:$((port + 2))
$(printf '%s\n' "$@")"
	export GATEWAY_ENVIRONMENT
	# shellcheck disable=SC2119
	gatewayd_start
	haproxy_start
}

# gatewayd_start [KEY=VALUE…]: with the same options, or others.
gatewayd_start() {
	local environment
	mapfile -t environment <<<"$GATEWAY_ENVIRONMENT"
	daemon_start gatewayd --no-database "${environment[@]}" "$@"
}

haproxy_start() {
	process_start haproxy "$(PATH=$PATH:/usr/sbin command -v haproxy)" -W \
		-S "$SCRATCH/run/master.sock,mode,600" -f "$SCRATCH/gateway/haproxy.cfg"
	wait_for "port_in_use ${SHOP_URL##*:}"
}

# double_start SERVICE [INSTANCE]: something that answers for a service.
double_start() {
	local name=$1 instance=${2:-$1-1}
	daemon_secret "$name"
	daemon_environment "$name" ''
	process_start "$instance" env "${DAEMON_ENVIRONMENT[@]}" \
		ECOM_JWKS_FILE="$SCRATCH/jwks.json" DOUBLE_SERVICE="$name" \
		"$LIBEXEC/instance-double" --instance "$instance"
	daemon_wait_ready "$instance"
}

# server_count SERVICE STATE: how many servers HAProxy has in a state (UP, DOWN, DRAIN, MAINT).
server_count() {
	curl -s --max-time 5 "$INTERNAL_URL/metrics?scope=server" |
		grep -c "^haproxy_server_status{proxy=\"$1\",server=\"s[0-9]*\",state=\"$2\"} 1$"
}
