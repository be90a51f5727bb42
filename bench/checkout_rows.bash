# The rows of `script/bench checkout`: a shop sells, through the gateway, with the sandbox provider.
# shellcheck shell=bash disable=SC2015,SC2034,SC2153,SC2154,SC2317

checkout_rows=(checkout_flush checkout_full checkout_latency checkout_hot checkout_add checkout_place
	checkout_event checkout_orders)
bench_stocked=2000

# Products with more stock than any run can sell; once.
checkout_shop() {
	[ ! -e "$SCRATCH/bench-stocked.csv" ] || return 0
	{
		echo 'sku,name,description,status,price,currency,stock'
		seq "$bench_stocked" | awk '{ printf "BENCH-%d,Bench %d,Sold fast,active,%d.90,EUR,1000000\n", $1, $1, 5 + $1 % 50 }'
	} >"$SCRATCH/bench-stocked.csv"
	ecomctl product import "$SCRATCH/bench-stocked.csv" --yes >>"$SCRATCH/log/up.log" 2>&1
	logged "$SCRATCH/log/bench-checkout.log" make -C "$BUILDDIR" bench/checkout
	(umask 077 && ecomctl auth token >"$SCRATCH/secrets/admin-token")
	checkout_load --count 64 --clients 16 --sku-count 200 >/dev/null # caches, streams, consumers
	# Carts know every product already: neither side asks for one while it is measured.
	shop_sql catalogd "SELECT sku, name, price_amount, price_currency, status, version FROM product
		WHERE sku LIKE 'BENCH-%'" | shop_psql cartd -c 'CREATE TEMPORARY TABLE known (sku text, name text,
			price_amount bigint, currency text, status text, version bigint)' \
		-c "\\copy known FROM STDIN WITH (DELIMITER '|')" \
		-c 'INSERT INTO product_seen (sku, name, price_amount, currency, status, version, asked_at)
			SELECT *, now() FROM known ON CONFLICT DO NOTHING'
}

shop_psql() { # SERVICE [psql arguments]
	as_test_user "$(pg_bindir)/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$STATE/run" -U "${1}_owner" \
		-d "$1" "${@:2}"
}

# The daemons would take up what pgbench writes: they stand still meanwhile, and their events are gone
# when they go on.
checkout_services=(cartd catalogd orderd paymentd)

checkout_freeze() { # STOP or CONT
	local service
	for service in "${checkout_services[@]}"; do
		[ "$1" = STOP ] || shop_sql "$service" 'DELETE FROM outbox WHERE sent_at IS NULL'
		kill "-$1" "$(jq .pid "$STATE/run/$service-1.child")"
	done
	[ "$1" = STOP ] || checkout_load --count 64 --clients 16 >/dev/null
}

# checkout_load OPTION…: the JSON line of bench/checkout.
checkout_load() {
	"$BUILDDIR/bench/checkout" --shop "$SHOP" --sku BENCH- --sku-count "$bench_stocked" --clients 64 \
		--seconds "$seconds" --guest-every 1000 "$@" 2>>"$SCRATCH/log/checkout.log" |
		tee "$SCRATCH/load.json"
}

checkout_rate() { # TIMING OPTION…
	checkout_load "${@:2}" | jq -er --arg timing "$1" '.[$timing].rate | floor'
}

provider_latency() {
	curl -sf -o /dev/null -H 'Content-Type: application/json' -d "{\"latency_ms\": $1}" \
		"http://$(jq -r .direct_address "$STATE/run/paymentd-1.ports")/v1/sandbox/settings"
}

# With the settings of the daemons' connections (lib/db), else the limit would plan what they do not.
service_pgbench() { # SERVICE [pgbench arguments]: as its owner
	as_test_user env PGOPTIONS='-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off' \
		"$(pg_bindir)/pgbench" -n "${@:2}" "host=$STATE/run dbname=$1 user=${1}_owner"
}

pgbench_tps() {
	awk '/^tps/ { printf "%d\n", $3 }'
}

bench_script() { # NAME: of bench/pgbench, where the test user may read it
	install -m 0644 "$SRCDIR/bench/pgbench/$1.sql" "$SCRATCH/home/$1.sql"
	echo "$SCRATCH/home/$1.sql"
}

# What one synchronous commit costs here: everything below pays it.
row_checkout_flush() {
	checkout_shop
	shop_sql orderd 'CREATE TABLE IF NOT EXISTS bench_flush (n integer)'
	echo 'INSERT INTO bench_flush VALUES (1);' >"$SCRATCH/home/flush.sql"
	beside 'one commit of one row' "$(service_pgbench orderd -c 1 -T "$seconds" -f "$SCRATCH/home/flush.sql" |
		awk '/^tps/ { printf "%.3f ms", 1000 / $3 }')"
}

# The statements of a checkout in the transactions of a checkout, in all four databases at once with 16
# connections each: checkouts per second when nothing else is done.
checkout_limit() {
	local service count=$((seconds * 20)) started us pids=()
	checkout_freeze STOP
	started=${EPOCHREALTIME/./}
	for service in cartd catalogd orderd paymentd; do
		service_pgbench "$service" -M prepared -c 16 -j 1 -t "$count" -D "skus=$bench_stocked" \
			-f "$(bench_script "checkout-$service")" >"$SCRATCH/log/pgbench-$service.log" 2>&1 &
		pids+=($!)
	done
	for service in "${pids[@]}"; do
		wait "$service" || { tail -n 3 "$SCRATCH"/log/pgbench-*.log >&2; checkout_freeze CONT; return 1; }
	done
	us=$((${EPOCHREALTIME/./} - started))
	checkout_freeze CONT
	awk -v us="$us" -v n=$((count * 16)) 'BEGIN { printf "%d\n", n / us * 1e6 }'
}

row_checkout_full() {
	checkout_shop
	full_ours() { checkout_rate checkout_ms; }
	in_pairs 'checkouts, 64 clients, distinct SKUs' 1/s 0.35 full_ours checkout_limit
	report '  on two cores' 1/s 300 "$(full_ours)" '' ''
}

row_checkout_latency() {
	checkout_shop
	provider_latency 500
	report 'checkouts, 256 clients, provider takes 500 ms' 1/s 100 \
		"$(checkout_rate checkout_ms --clients 256 --seconds $((seconds * 2)))" '' ''
	provider_latency 0
}

# One SKU is no bottleneck: its orders come as fast as checkouts of distinct ones. A conditional UPDATE
# with an order per transaction is what a shop without batches would be limited by.
row_checkout_hot() {
	checkout_shop
	hot_ours() { checkout_rate place_ms --mode place --count $((seconds * 400)) --sku-count 1; }
	hot_distinct() { checkout_rate checkout_ms; }
	hot_update() { service_pgbench catalogd -c 64 -j 2 -T "$seconds" -f "$(bench_script hot)" | pgbench_tps; }
	in_pairs 'orders of one SKU, 64 clients, beside checkouts' 1/s 1 hot_ours hot_distinct
	beside 'conditional UPDATE, an order per transaction' "$(hot_update) 1/s"
}

# Both sides put 25 products into carts that exist: 16 carts of the limit's connections, and those of a
# guest. The load is wrk, as for the other single requests: it takes little from what it measures.
row_checkout_add() {
	local token guest
	checkout_shop
	token=$(curl -sf -X POST "$SHOP/v1/guests" | jq -er .access_token)
	guest=$(jq -Rr 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson.sub' <<<"$token")
	shop_sql cartd "INSERT INTO cart (id, owner, currency, expires_at)
		SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
			CASE WHEN n < 16 THEN 'bench' ELSE '$guest' END, 'EUR', now() + interval '1 day'
		FROM generate_series(0, 15 + 256) n"
	add_ours() {
		LOAD_SCRIPT=$SRCDIR/bench/add_line.lua LOAD_SKUS=25 LOAD_CARTS=256 \
			load "$SHOP" "Authorization: Bearer $token"
	}
	add_limit() { service_pgbench cartd -M prepared -c 16 -j 2 -T "$seconds" -f "$(bench_script add-line)" | pgbench_tps; }
	in_pairs 'add to cart, 64 clients' 1/s 0.60 add_ours add_limit
}

# What the rows before have left to do is done: every event told, every mail sent.
checkout_unloaded() {
	local service
	for service in "${checkout_services[@]}"; do
		[ "$(shop_sql "$service" 'SELECT count(*) FROM outbox WHERE sent_at IS NULL')" = 0 ] || return 1
	done
	[ "$(shop_sql notifyd "SELECT count(*) FROM notification WHERE status IN ('new', 'queued')")" = 0 ]
}

row_checkout_place() {
	checkout_shop
	wait_for checkout_unloaded 120
	checkout_load --mode place --count 300 --clients 1 >/dev/null
	report 'place an order and wait, unloaded, p50' ms '<40' "$(jq '.place_ms.p50 | round' "$SCRATCH/load.json")" '' ''
	report '  p99' ms '<150' "$(jq '.place_ms.p99 | round' "$SCRATCH/load.json")" '' ''
}

# From the transaction that confirmed an order to the one that marked its cart in another service.
row_checkout_event() {
	checkout_shop
	wait_for checkout_unloaded 120
	checkout_load --mode place --count 300 --clients 1 >/dev/null
	carts_done() {
		[ "$(shop_sql cartd "SELECT count(*) FROM cart WHERE status = 'ordered'")" -ge \
			"$(shop_sql orderd "SELECT count(*) FROM orders WHERE status = 'confirmed'")" ]
	}
	wait_for carts_done 30
	shop_sql orderd "SELECT body ->> 'cart', extract(epoch FROM created_at) * 1000 FROM outbox
		WHERE subject = 'orders.order.confirmed' ORDER BY id DESC LIMIT 300" | sort >"$SCRATCH/told"
	shop_sql cartd "SELECT id, extract(epoch FROM closed_at) * 1000 FROM cart
		WHERE status = 'ordered'" | sort >"$SCRATCH/done"
	report 'event, from commit to effect, p99' ms '<200' "$(join -t '|' "$SCRATCH/told" "$SCRATCH/done" |
		awk -F'|' '{ printf "%.0f\n", $3 - $2 }' | sort -n |
		awk '{ v[NR] = $1 } END { print v[int(NR * 0.99)] }')" '' ''
}

row_checkout_orders() {
	local path paths=('limit=50' 'status=confirmed&limit=50' 'q=bench-77' 'q=100500' 'q=50000123' 'status=rejected&limit=20')
	checkout_shop
	shop_sql orderd "$(<"$SRCDIR/bench/pgbench/orders.sql")"
	shop_sql orderd 'VACUUM ANALYZE orders'
	umask 077
	echo "Authorization: Bearer $(ecomctl auth token)" >"$SCRATCH/secrets/bench.header"
	for path in "${paths[@]}" "${paths[@]}"; do
		printf 'url = "%s/v1/orders?%s"\noutput = /dev/null\n' "$ADMIN" "$path"
	done >"$SCRATCH/orders.curl"
	for _ in {1..20}; do
		curl -sf -H "@$SCRATCH/secrets/bench.header" -K "$SCRATCH/orders.curl" -w '%{time_total}\n' || return
	done | sort -g >"$SCRATCH/orders.times"
	report 'order list and search, 1 000 000 orders, p95' ms '<25' \
		"$(awk '{ v[NR] = $1 } END { printf "%.1f", v[int(NR * 0.95)] * 1000 }' "$SCRATCH/orders.times")" '' ''
}
