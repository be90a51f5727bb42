# The rows of script/bench: how each figure and its limit are measured.
# shellcheck shell=bash disable=SC2015,SC2034,SC2153,SC2154,SC2317

rows=(read gateway cache jwt patch import version get up memory)
bench_products=100000

# --- measuring -------------------------------------------------------------------------------------

median() {
	sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# in_pairs FIGURE UNIT GOAL OURS LIMIT: functions that print a number; more is better unless the goal
# begins with <. The ratio is ours to limit, the median over the pairs.
in_pairs() {
	local figure=$1 unit=$2 goal=$3 ours=$4 limit=$5 a b i
	: >"$SCRATCH/pairs"
	for ((i = 0; i < pairs; i++)); do
		if ! { a=$($ours) && b=$($limit) && [ -n "$a" ] && [ -n "$b" ]; }; then
			printf '%-44s could not be measured\n' "$figure"
			unmeasured=1
			return
		fi
		echo "$a $b" >>"$SCRATCH/pairs"
	done
	report "$figure" "$unit" "$goal" "$(cut -d' ' -f1 "$SCRATCH/pairs" | median)" \
		"$(cut -d' ' -f2 "$SCRATCH/pairs" | median)" \
		"$(awk '{ print $1 / $2 }' "$SCRATCH/pairs" | median)"
}

# report FIGURE UNIT GOAL OURS LIMIT RATIO: a line on the terminal, an object for --json. Without a
# limit (empty) the goal is about ours.
report() {
	jq -n -c --arg figure "$1" --arg unit "$2" --arg goal "$3" --argjson ours "$4" \
		--argjson limit "${5:-null}" --argjson ratio "${6:-null}" '
		($goal | ltrimstr("<") | tonumber) as $bound | ($ratio // $ours) as $value
		| {figure: $figure, unit: $unit, goal: $goal, ours: $ours, limit: $limit, ratio: $ratio,
		   below: (if $goal | startswith("<") then $value > $bound else $value < $bound end)}' |
		tee -a "$results" | jq -r '[.figure + " (" + .unit + ")", .ours, .limit // "-",
			(.ratio // "-" | if type == "number" then . * 100 | round / 100 else . end),
			.goal, if .below then "BELOW" else "" end] | @tsv' |
		awk -F'\t' '{ printf "%-44s %12s %12s %8s %8s %s\n", $1, $2, $3, $4, $5, $6 }'
}

# Printed beside a row for information.
beside() {
	printf '    %-40s %12s\n' "$1" "$2"
}

# load URL [HEADER…]: requests per second of 64 connections; every answer must be 200.
load() {
	local url=$1 headers=() header out
	shift
	for header; do
		headers+=(-H "$header")
	done
	out=$(wrk -t1 -c64 -d"${seconds}s" -s "${LOAD_SCRIPT:-$SRCDIR/bench/products.lua}" \
		"${headers[@]}" "$url") || return 1
	case $out in
	*'Non-2xx'* | *'Socket errors'*)
		echo "$out" >&2
		return 1
		;;
	esac
	awk '/^Requests\/sec/ { printf "%d\n", $2 }' <<<"$out"
}

# Seconds that a command takes.
seconds_of() {
	local started=${EPOCHREALTIME/./}
	"$@" >"$SCRATCH/log/timed.log" 2>&1 || { tail -n 5 "$SCRATCH/log/timed.log" >&2; return 1; }
	awk -v us=$((${EPOCHREALTIME/./} - started)) 'BEGIN { printf "%.3f\n", us / 1e6 }'
}

# --- the shop under test ---------------------------------------------------------------------------

bench_shop() {
	scratch_make
	shop_up >"$SCRATCH/log/up.log" 2>&1
	# The rate limit counts, but does not refuse: what is measured are answers.
	printf 'gatewayd:\n  rate_limit_requests: 100000000\n' >>"$STATE/ecom.yaml"
	shop_down >>"$SCRATCH/log/up.log" 2>&1
	shop_up >>"$SCRATCH/log/up.log" 2>&1
	pg() { as_test_user "$(pg_bindir)/psql" -X -q -v ON_ERROR_STOP=1 "$(bench_url "$1")" "${@:2}"; }
	bench_rows
	bench_copy
	pg catalogd_owner -c 'VACUUM ANALYZE product' -c 'VACUUM ANALYZE stock_level'
	catalogd=http://$(jq -r .address "$STATE/run/catalogd-1.ports")
	secret="X-Ecom-Gateway: $(<"$STATE/secrets/gateway-catalogd")"
	LOAD_SKUS=$bench_products
	export LOAD_SKUS
}

bench_url() { # ROLE
	echo "host=$STATE/run dbname=catalogd user=$1"
}

# The same products as an import file and as rows of the tables. SKUs are numbers from 1000001, so
# that pgbench can draw them.
bench_rows() {
	seq 1000001 $((1000000 + bench_products)) | awk -v dir="$SCRATCH" '
	BEGIN {
		print "sku,name,description,status,price,currency,stock" > (dir "/products.csv")
	}
	{
		name = "Bench product " $1
		text = "A product that exists to be measured. It has a description of ordinary length."
		price = $1 % 9000 + 100
		printf "%s,%s,%s,active,%d.%02d,EUR,%d\n", $1, name, text, price / 100, price % 100, $1 % 50 \
			> (dir "/products.csv")
		printf "%s\t%s\t%s\tactive\t%d\tEUR\n", $1, name, text, price > (dir "/product.copy")
		printf "%s\tmain\t%d\n", $1, $1 % 50 > (dir "/level.copy")
		if ($1 % 50)
			printf "%s\tmain\tadjusted\t%d\t%d\t0\timport\n", $1, $1 % 50, $1 % 50 \
				> (dir "/movement.copy")
	}'
	chmod 0644 "$SCRATCH"/*.copy "$SCRATCH/products.csv"
}

bench_empty() {
	pg catalogd_owner -c 'TRUNCATE product, stock_level, stock_movement CASCADE' >/dev/null 2>&1
}

bench_copy() {
	pg catalogd_owner \
		-c "\\copy product (sku, name, description, status, price_amount, price_currency) from '$SCRATCH/product.copy'" \
		-c "\\copy stock_level (sku, location, on_hand) from '$SCRATCH/level.copy'" \
		-c "\\copy stock_movement (sku, location, kind, quantity, on_hand, allocated, cause_type) from '$SCRATCH/movement.copy'"
}

# pgbench takes the colon in 'catalog:read' for a parameter.
pgbench_words() {
	sed -E "s/'([a-z]+):([a-z]+)'/('\1' || chr(58) || '\2')/g"
}

# pgbench_rate CONNECTIONS SCRIPT [ARGUMENT…]: transactions per second as the run-time role.
pgbench_rate() {
	local connections=$1 script=$2
	shift 2
	chmod 0644 "$script"
	as_test_user "$(pg_bindir)/pgbench" -n -M prepared -c "$connections" -j 2 -T "$seconds" \
		-f "$script" "$@" "$(bench_url catalogd)" >"$SCRATCH/pgbench.out" \
		2>"$SCRATCH/log/pgbench.log" || { tail -n 3 "$SCRATCH/log/pgbench.log" >&2; return 1; }
	awk '/^tps/ { printf "%d\n", $3 }' "$SCRATCH/pgbench.out"
}

# --- rows ------------------------------------------------------------------------------------------

row_read() {
	local floor
	process_start floor "$BUILDDIR/bench/floor" "$(bench_url catalogd)"
	wait_for "grep -q : '$SCRATCH/log/floor.log'"
	floor=http://$(head -n 1 "$SCRATCH/log/floor.log")
	read_ours() { load "$catalogd" "$secret" 'X-Ecom-Frontend: shop'; }
	read_floor() { load "$floor"; }
	in_pairs 'GET /v1/products/{sku} at catalogd' 1/s 0.80 read_ours read_floor
	process_stop floor
	{
		echo "\\set sku random(1000001, $((1000000 + bench_products)))"
		cat "$SRCDIR/daemons/catalogd/sql/get_product.sql"
		echo ';'
	} | pgbench_words | sed 's/:scopes/(:scopes)::text[]/g' >"$SCRATCH/get.pgbench"
	beside 'pgbench, the same statement, 16 connections' \
		"$(pgbench_rate 16 "$SCRATCH/get.pgbench" -D 'scopes={}')"
}

gateway_anonymous() { load "$SHOP" 'Cache-Control: no-cache'; }

row_gateway() {
	read_ours() { load "$catalogd" "$secret" 'X-Ecom-Frontend: shop'; }
	in_pairs '  through the gateway, anonymous, not cached' 1/s 0.50 gateway_anonymous read_ours
}

row_jwt() {
	local token
	token=$(ecomctl auth token)
	gateway_token() { load "$SHOP" "Authorization: Bearer $token"; }
	in_pairs '  with JWT and rate limit' 1/s 0.50 gateway_token gateway_anonymous
}

row_cache() {
	local port
	port=$(ports_free 1)
	curl -s "$SHOP/v1/products/1000001" >"$SCRATCH/return.json"
	chmod 0644 "$SCRATCH/return.json"
	cat >"$SCRATCH/return.cfg" <<-CONFIG
		defaults
		    mode http
		    timeout client 30s
		    timeout server 30s
		    timeout connect 5s
		frontend bare
		    bind 127.0.0.1:$port
		    http-request return status 200 content-type application/json file $SCRATCH/return.json hdr cache-control max-age=5
	CONFIG
	process_start return haproxy -db -f "$SCRATCH/return.cfg"
	wait_for "port_in_use $port"
	cached() { LOAD_SKUS=1 load "$SHOP"; }
	returned() { LOAD_SKUS=1 load "http://127.0.0.1:$port"; }
	in_pairs '  from the cache of the gateway' 1/s 0.70 cached returned
	process_stop return
}

row_patch() {
	local token
	token=$(ecomctl auth token)
	# The types that catalogd prepares with; what the body does not have is NULL. The name is the
	# version: another one each time.
	{
		echo '\set sku 1050000 + :client_id'
		sed -E 's/:body\b/(:body)::jsonb/g; s/:(name|if_match)\b/(:if_match)::\1/g; s/::name\b/::text/g;
			s/::if_match\b/::bigint/g; s/:subject\b/NULL::text/g;
			s/:(price|attributes)\b/NULL::jsonb/g; s/:stock\b/NULL::bigint/g;
			s/:(description|status|category)\b/NULL::text/g' \
			"$SRCDIR/daemons/catalogd/sql/update_product.sql"
		echo '\gset new_'
		echo '\set if_match :new_etag'
	} >"$SCRATCH/patch.pgbench"
	patch_ours() {
		pg catalogd_owner -At -F ' ' -c "SELECT sku, version FROM product
			WHERE sku BETWEEN '1060000' AND '1060127'" >"$SCRATCH/versions"
		LOAD_SCRIPT=$SRCDIR/bench/patch.lua LOAD_VERSIONS=$SCRATCH/versions \
			load "$catalogd" "$secret" 'X-Ecom-Frontend: admin' "Authorization: Bearer $token"
	}
	patch_pgbench() {
		pg catalogd_owner -c "UPDATE product SET version = 1 WHERE sku BETWEEN '1050000' AND '1050063'"
		pgbench_rate 16 "$SCRATCH/patch.pgbench" -D if_match=1 -D 'body={"name": "x"}'
	}
	in_pairs 'PATCH of a product, 64 clients' 1/s 0.50 patch_ours patch_pgbench
}

row_import() {
	import_ours() { bench_empty; import_rate ecomctl product import "$SCRATCH/products.csv" --yes; }
	import_copy() { bench_empty; import_rate bench_copy; }
	in_pairs "import of $bench_products products" rows/s 0.50 import_ours import_copy
}

import_rate() {
	seconds_of "$@" | awk -v n="$bench_products" '{ printf "%d\n", n / $1 }'
}

# spawned RUNS OURS… -- THEIRS…: milliseconds of both; the runs are in turn already.
spawned() {
	local times figure=$1 goal=$2
	shift 2
	times=$("$BUILDDIR/bench/spawn" 41 "$@")
	read -r ours theirs <<<"$times"
	report "$figure" ms "$goal" "$(awk "BEGIN { print $ours / 1000 }")" \
		"$(awk "BEGIN { print $theirs / 1000 }")" "$(awk "BEGIN { print $ours / $theirs }")"
}

row_version() {
	spawned 'ecomctl --version' '<2' "$BIN/ecomctl" --version -- "$(pg_bindir)/psql" --version
}

row_get() {
	umask 077
	echo "Authorization: Bearer $(ecomctl auth token)" >"$SCRATCH/secrets/bench.header"
	spawned 'ecomctl product get' '<1.5' "$BIN/ecomctl" product get 1000001 -- \
		curl -sf -H "@$SCRATCH/secrets/bench.header" "$ADMIN/v1/products/1000001"
}

row_up() {
	local i
	first_answer() {
		ecomctl up -d --state "$STATE" --port "$PORT" 3>&- &&
			wait_for "curl -sf -o /dev/null '$SHOP/v1/products/1000001'"
	}
	for ((i = 0; i < pairs; i++)); do
		shop_down >/dev/null 2>&1
		seconds_of first_answer
	done >"$SCRATCH/up"
	report 'ecomctl up to the first answer' s '<5' "$(median <"$SCRATCH/up")"
}

# Memory that each daemon of ours has for itself (PSS), idle.
row_memory() {
	local dir exe pss total=0 most=0
	for dir in /proc/[0-9]*; do
		exe=$(readlink "$dir/exe") || continue
		case $exe in
		"$LIBEXEC"/*d) grep -q "$SCRATCH" "$dir/environ" "$dir/cmdline" 2>/dev/null || continue ;;
		*) continue ;;
		esac
		pss=$(awk '/^Pss:/ { print $2 }' "$dir/smaps_rollup") || continue
		beside "${exe##*/}" "$(awk "BEGIN { printf \"%.1f MB\", $pss / 1024 }")"
		total=$((total + pss))
		[ "$pss" -le "$most" ] || most=$pss
	done
	report 'largest daemon, idle, PSS' MB '<10' "$(awk "BEGIN { printf \"%.1f\", $most / 1024 }")"
	report 'all daemons together' MB '<60' "$(awk "BEGIN { printf \"%.1f\", $total / 1024 }")"
}
