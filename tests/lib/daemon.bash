# Daemons of ours, wired as the engine wires them, but without a gateway in front.
# shellcheck shell=bash

# daemon_start NAME [--instance NAME] [--no-database] [--no-wait] [KEY=VALUE…] [-- ARGUMENT…]
# Migrates, starts, waits for /readyz. Tokens of token_for are accepted, except by userd, which
# knows its own keys (give ECOM_JWKS_FILE=$SCRATCH/jwks.json to change that).
daemon_start() {
	local name=$1 instance=$1-1 database=yes wait=yes environment=()
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--instance) instance=$2; shift ;;
		--no-database) database= ;;
		--no-wait) wait= ;;
		--) shift; break ;;
		*=*) environment+=("$1") ;;
		*) echo "daemon_start: what is $1?" >&2; return 2 ;;
		esac
		shift
	done
	scratch_make
	[ -e "$SCRATCH/jwks.json" ] || token_jwks
	daemon_secret "$name"
	daemon_environment "$name" "$database"
	if [ -n "$database" ]; then
		as_test_user env "${DAEMON_ENVIRONMENT[@]}" "${environment[@]}" \
			ECOM_OWNER_DATABASE_URL="$(pg_url "$name" "${name}_owner")" \
			"$LIBEXEC/$name" --migrate >>"$SCRATCH/log/$instance.log" 2>&1 ||
			{ tail -n 20 "$SCRATCH/log/$instance.log" >&2; return 1; }
	fi
	rm -f "$SCRATCH/run/$instance.ready"
	process_start "$instance" env "${DAEMON_ENVIRONMENT[@]}" "${environment[@]}" \
		"$LIBEXEC/$name" --instance "$instance" "$@"
	export SERVICE=$name INSTANCE=$instance
	[ -z "$wait" ] || daemon_wait_ready "$instance"
}

daemon_environment() {
	local name=$1
	# What takes long on a slow machine is no failure; tests of limits set theirs.
	DAEMON_ENVIRONMENT=(
		ECOM_READ_TIMEOUT=60s ECOM_WRITE_TIMEOUT=60s ECOM_SLOW_TIMEOUT=60s ECOM_TASK_TIMEOUT=60s
		ECOM_TASK_WAIT=10m
		ECOM_RUN_DIR="$SCRATCH/run"
		ECOM_CACHE_DIR="$SCRATCH/cache"
		ECOM_GATEWAY_SECRET_FILE="$SCRATCH/secrets/gateway-$name"
		ECOM_ISSUER=ecom
	)
	[ -z "$2" ] || DAEMON_ENVIRONMENT+=(ECOM_DATABASE_URL="$(pg_url "$name")")
	# Without one of the test's own there is none, whatever runs on this machine.
	DAEMON_ENVIRONMENT+=(ECOM_NATS_URL="${NATS_URL:-nats://127.0.0.1:1}")
	[ "$name" = userd ] || DAEMON_ENVIRONMENT+=(ECOM_JWKS_FILE="$SCRATCH/jwks.json")
	[ "$name" != userd ] || [ ! -d "$SCRATCH/clients" ] ||
		DAEMON_ENVIRONMENT+=(ECOM_BOOTSTRAP_CLIENTS="$SCRATCH/clients")
}

# The gateway's secret of a service, also as a header for curl.
daemon_secret() {
	local file=$SCRATCH/secrets/gateway-$1
	[ ! -e "$file" ] || return 0
	openssl rand -hex 32 >"$file"
	chmod 0600 "$file"
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$file"
	echo "X-Ecom-Gateway: $(<"$file")" >"$file.header"
}

# bootstrap_client NAME SECRET: before daemon_start userd; `admin` is an administrator.
bootstrap_client() {
	scratch_make
	mkdir -p "$SCRATCH/clients"
	echo "$2" >"$SCRATCH/clients/$1"
	chmod 0600 "$SCRATCH/clients/$1"
	[ "$(id -u)" != 0 ] || chown -R "$TEST_USER" "$SCRATCH/clients"
}

# daemon_address [INSTANCE] [address|direct_address]
daemon_address() {
	jq -r ".${2:-address}" "$SCRATCH/run/${1:-$INSTANCE}.ports"
}

daemon_is_ready() {
	local direct
	direct=$(daemon_address "$1" direct_address) &&
		[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$direct/readyz")" = 200 ]
}

daemon_wait_ready() {
	local pid
	pid=$(process_pid "$1")
	wait_for "daemon_is_ready $1 || ! process_alive $pid" "${2:-60}" || true
	daemon_is_ready "$1" && process_alive "$pid" && return 0
	echo "$1 is not ready" >&2
	tail -n 20 "$SCRATCH/log/$1.log" >&2
	return 1
}

daemon_stop() { # [INSTANCE] [SIGNAL]
	process_stop "${1:-$INSTANCE}" "${2:-TERM}"
}
