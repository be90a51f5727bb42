#!/usr/bin/env bats
# shellcheck disable=SC2153
# Backups of a shop whose orders are in a database on another cluster: one cut of both, under a pause of all
# writes that ends with whoever makes it.

load ../lib
load ../chaos/checker
bats_require_minimum_version 1.5.0

setup_file() {
	export ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=100000000
	pg_start checker orderd # the other cluster, which has the checker's database too
	pg_sql postgres 'CREATE DATABASE orderd_again OWNER orderd_owner' 'GRANT CONNECT ON DATABASE orderd_again TO orderd'
	elsewhere orderd
	shop_up
	{
		echo 'sku,name,status,price,currency,stock'
		for i in {1..8}; do echo "SAVE-$i,Save $i,active,9.9$i,EUR,5000"; done
	} >"$SCRATCH/catalogue.csv"
	ecomctl product import "$SCRATCH/catalogue.csv" --yes
	(umask 077 && ecomctl auth token >"$SCRATCH/secrets/admin-token")
}

elsewhere() { # DATABASE
	ECOM_ORDERD_DATABASE_URL=$(pg_url "$1" orderd)
	ECOM_ORDERD_OWNER_DATABASE_URL=$(pg_url "$1" orderd_owner)
	export ECOM_ORDERD_DATABASE_URL ECOM_ORDERD_OWNER_DATABASE_URL
}

nowhere() {
	unset ECOM_ORDERD_DATABASE_URL ECOM_ORDERD_OWNER_DATABASE_URL
}

there_sql() { # DATABASE STATEMENT: on the other cluster
	as_test_user "$(pg_bindir)/psql" -X -A -t -q -v ON_ERROR_STOP=1 "$(pg_url "$1" orderd_owner)" -c "$2"
}

load_start() {
	"$BUILDDIR/bench/checkout" --shop "$SHOP" --admin "$ADMIN" \
		--admin-token-file "$SCRATCH/secrets/admin-token" --history "$SCRATCH/history.ndjson" \
		--stop-file "$SCRATCH/stop" --clients 6 --merchants 2 --seconds 300 --sku SAVE- --sku-count 8 \
		--quantity 2 --tokens tok_success:8,tok_decline:1,tok_refund_fail:1 >"$SCRATCH/log/load.log" 2>&1 3>&- 4>&- &
	echo $! >"$SCRATCH/load.pid"
}

load_end() {
	touch "$SCRATCH/stop"
	wait "$(<"$SCRATCH/load.pid")"
}

confirmed() {
	there_sql orderd "SELECT id FROM orders WHERE status IN ('confirmed', 'completed') ORDER BY id"
}

# Somebody has ordered since `before` was written.
more_confirmed() {
	[ -n "$(confirmed | comm -13 "$SCRATCH/before" -)" ]
}

newest() {
	ecomctl backup list -o json | jq -r '.[0].name'
}

# Confirmed orders may be cancelled by a merchant meanwhile: they are there, and were not rejected.
assert_orders() { # FILE
	[ -z "$(comm -23 "$SCRATCH/before" "$1")" ] || flunk "lost: $(comm -23 "$SCRATCH/before" "$1")"
}

# The verdicts of a backup: nothing violated, and the books of stock agree with the orders of the other cluster.
assert_verified() { # VERIFY'S ARGUMENTS
	run -0 --separate-stderr ecomctl backup verify "$@" -o json
	jq -e 'length > 25 and all(.result == "ok" or .result == "under_way") and
		any(.check == "01-stock-ledger" and .result == "ok")' <<<"$output" || flunk "$output"
}

share_locks() {
	pg_sql postgres "SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock' AND granted AND locktype = 'relation'"
}

create() { # PAUSE_MS: without the engine
	as_test_user "$LIBEXEC/backup" create "$STATE" manual "$SCRATCH/home/saved" 7 "$1"
}

@test "under load: one cut of both clusters, and verify finds nothing wrong" {
	load_start
	wait_for '[ "$(confirmed | wc -l)" -gt 20 ]'
	confirmed >"$SCRATCH/before"
	run -0 ecomctl backup create
	assert_contains "$output" 'Pausing the writes'
	wait_for more_confirmed
	load_end
	run -0 ecomctl backup get "$(newest)" -o json
	jq -e '.format == 2 and .elsewhere == ["orderd"] and .pause_ms > 0 and .schemas.orderd' <<<"$output"
	backup=$STATE/backup/$(newest)
	assert_equal "$(sha256sum <"$backup/orderd.dump" | cut -d ' ' -f 1)" \
		"$(jq -r '.files[] | select(.name == "orderd.dump") | .sha256' "$backup/manifest.json")"
	[ -z "$(find "$backup" -perm /077)" ]
	assert_verified
}

@test "restored without another cluster: all is in the private one, every order confirmed before is there" {
	nowhere
	restored=$SCRATCH/restored
	run -0 ecomctl backup restore "$(newest)" --to "$restored"
	run -0 ecomctl up -d --state "$restored" --port "$(ports_free 3)" 3>&- 4>&-
	STATE=$restored
	shop_sql orderd "SELECT id FROM orders WHERE status <> 'rejected' ORDER BY id" >"$SCRATCH/there"
	assert_orders "$SCRATCH/there"
	check_settle 29-confirmations
	check_copy
	check_run
	ecomctl down --state "$restored"
}

@test "restored into another external database, which must be empty" {
	elsewhere orderd_again
	restored=$SCRATCH/again
	run -0 ecomctl backup restore "$STATE/backup/$(newest)" --to "$restored"
	run -1 ecomctl backup restore "$STATE/backup/$(newest)" --to "$SCRATCH/third"
	assert_contains "$output" 'is not empty'
	assert_equal "$(there_sql orderd_again 'SELECT count(*) > 0 FROM outbox WHERE sent_at IS NULL')" t
	run -0 ecomctl up -d --state "$restored" --port "$(ports_free 3)" 3>&- 4>&-
	there_sql orderd_again "SELECT id FROM orders WHERE status <> 'rejected' ORDER BY id" >"$SCRATCH/there"
	assert_orders "$SCRATCH/there"
	assert_equal "$(STATE=$restored shop_sql orderd "SELECT to_regclass('orders') IS NULL")" t
	wait_for "[ \"\$(there_sql orderd_again 'SELECT count(*) FROM outbox WHERE sent_at IS NULL')\" = 0 ]"
	run -0 ecomctl backup create --state "$restored"
	assert_verified --state "$restored"
	ecomctl down --state "$restored"
}

@test "readers go on in the pause, writers wait, and it ends when its maker is killed" {
	# The copy within the pause begins with a checkpoint: without the process that makes it the pause stays.
	checkpointer=$(pgrep -P "$(jq .pid "$STATE/run/postgres.child")" -f 'postgres: checkpointer')
	kill -STOP "$checkpointer"
	process_start maker "$LIBEXEC/backup" create "$STATE" manual "$SCRATCH/home/saved" 7 600000
	wait_for "pgrep -f '^[^ ]*pg_basebackup .*$SCRATCH/home/saved/.*partial'"
	[ "$(share_locks)" -gt 0 ]
	there_sql orderd 'SELECT count(*) FROM orders'
	shop_sql catalogd 'SELECT count(*) FROM product'
	run ! there_sql orderd "SET lock_timeout = '200ms'; DELETE FROM orders WHERE false"
	run ! shop_sql catalogd "SET lock_timeout = '200ms'; DELETE FROM product WHERE false"
	kill -KILL "$(process_pid maker)"
	kill -CONT "$checkpointer"
	wait_for '[ "$(share_locks)" = 0 ]'
	there_sql orderd 'DELETE FROM orders WHERE false'
	shop_sql catalogd 'DELETE FROM product WHERE false'
	wait_for "! pgrep -f '$SCRATCH/home/saved/.*partial'"
}

@test "a pause that takes too long is given up, and leaves nothing" {
	run create 1
	[ "$status" = 1 ] || flunk "exit $status: $output"
	assert_contains "$output" 'backup_pause_most'
	wait_for '[ "$(share_locks)" = 0 ]'
	[ -z "$(find "$SCRATCH/home/saved" -mindepth 1 -maxdepth 1 -type d)" ]
}

@test "a transaction that is in the way is waited for, without a lock of ours" {
	there_sql orderd "BEGIN; LOCK TABLE orders IN ROW EXCLUSIVE MODE; SELECT pg_sleep(4); COMMIT" >/dev/null 3>&- 4>&- &
	wait_for "[ \"\$(pg_sql postgres \"SELECT count(*) FROM pg_stat_activity WHERE query ~ '^BEGIN; LOCK'\")\" = 1 ]"
	run -0 create 60000
	wait
	assert_verified "$(find "$SCRATCH/home/saved" -mindepth 1 -maxdepth 1 -type d)" \
		--scratch "$(as_test_user mktemp -d "$SCRATCH/verify.XXXXXX")"
}
