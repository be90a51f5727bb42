# A whole shop in the scratch folder, through ecomctl and the gateway, for the end-to-end tests.
# shellcheck shell=bash

# shop_up [ecomctl up arguments]: sets PORT (shop; admin PORT+1, internal PORT+2), SHOP, ADMIN and
# INTERNAL (URLs), and puts ecomctl into the PATH with a home of its own.
shop_up() {
	scratch_make
	if [ -z "${PORT:-}" ]; then
		PORT=$(ports_free 3)
		export PORT SHOP=http://127.0.0.1:$PORT ADMIN=http://127.0.0.1:$((PORT + 1)) \
			INTERNAL=http://127.0.0.1:$((PORT + 2)) STATE=$SCRATCH/state
		shop_home
	fi
	# All load of a test comes from one address; how much in a minute depends on the machine.
	export ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=${ECOM_GATEWAYD_RATE_LIMIT_REQUESTS:-100000000}
	# What takes long on a slow machine is no failure.
	ECOM_READ_TIMEOUT=${ECOM_READ_TIMEOUT:-10s} ECOM_TASK_WAIT=${ECOM_TASK_WAIT:-60s} \
		ecomctl up -d --state "$STATE" --port "$PORT" "$@" 3>&- 4>&- ||
		{ logs_show; return 1; }
}

# The CLI's own folders: nothing of the person who runs the tests is read or written.
shop_home() {
	export HOME=$SCRATCH/cli XDG_CONFIG_HOME=$SCRATCH/cli/config XDG_STATE_HOME=$SCRATCH/cli/state \
		XDG_CACHE_HOME=$SCRATCH/cli/cache PATH=$BIN:$PATH NO_COLOR=1
	unset ECOMCTL_CONTEXT
	[ "$(id -u)" != 0 ] || export ECOM_USER=$TEST_USER
	mkdir -p "$HOME"
}

shop_down() {
	ecomctl down --state "$STATE" "$@"
}

# Every shop in the scratch folder: its engine first, or it would start the others again.
shop_down_quietly() {
	local lock folder
	for lock in "$SCRATCH"/run/lock "$SCRATCH"/*/run/lock "$SCRATCH"/*/*/run/lock; do
		[ -e "$lock" ] || continue
		folder=${lock%/run/lock}
		"$BIN/ecomctl" down --state "$folder" >>"$SCRATCH/log/down.log" 2>&1 || true
	done
	shop_kill
}

# What a failed test left behind: programs whose arguments name a state folder in this scratch folder.
# Those of the harness itself are ended by process_stop_all, in order.
shop_kill() {
	local pid
	for pid in $(shop_processes); do
		grep -qx "$pid" "$SCRATCH"/pids/* 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
	done
}

shop_processes() {
	local dir
	find /proc/[0-9]* -maxdepth 1 -name exe '(' -lname '*/libexec/*' -o -lname '*/postgres' \
		-o -lname '*/nats-server' -o -lname '*/haproxy' ')' -printf '%h\n' 2>/dev/null |
		while read -r dir; do
			case $(tr '\0' ' ' 2>/dev/null <"$dir/cmdline") in
			*"$SCRATCH/"*) echo "${dir#/proc/}" ;;
			esac
		done
}

# gateway METHOD URL-OR-PATH [curl arguments]: through HAProxy; a path is the shop API's.
# TOKEN as in api.
gateway() {
	local method=$1 url=$2 arguments=()
	shift 2
	[[ $url == http* ]] || url=$SHOP$url
	case " $* " in
	*[Cc]ontent-[Tt]ype:*) ;;
	*) arguments+=(-H 'Content-Type: application/json') ;;
	esac
	[ -z "${TOKEN:-}" ] || arguments+=(-H "Authorization: Bearer $TOKEN")
	http "$method" "$url" "${arguments[@]}" "$@"
}

# shop_sql SERVICE STATEMENT: as the owner of the service's database.
shop_sql() {
	as_test_user "$(pg_bindir)/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$STATE/run" -U "${1}_owner" \
		-d "$1" -c "$2"
}
