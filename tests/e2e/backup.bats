#!/usr/bin/env bats
# shellcheck disable=SC2153
# Backups: one cut under load, restored into an empty folder with everything that was confirmed before;
# killed makers leave nothing that looks complete; what is damaged is named.

load ../lib
load ../chaos/checker
bats_require_minimum_version 1.5.0

setup_file() {
	export ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=100000000
	shop_up
	{
		echo 'sku,name,status,price,currency,stock'
		for i in {1..8}; do echo "SAVE-$i,Save $i,active,9.9$i,EUR,5000"; done
	} >"$SCRATCH/catalogue.csv"
	ecomctl product import "$SCRATCH/catalogue.csv" --yes
	(umask 077 && ecomctl auth token >"$SCRATCH/secrets/admin-token")
	export RESTORED=$SCRATCH/restored
	ecomctl backup create # each test has one, also when it runs alone
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

confirmed() { # [STATE]
	STATE=${1:-$STATE} shop_sql orderd "SELECT id FROM orders WHERE status IN ('confirmed', 'completed') ORDER BY id"
}

# Somebody has ordered since `before` was written.
more_confirmed() {
	[ -n "$(confirmed | comm -13 "$SCRATCH/before" -)" ]
}

# Backups begin with a checkpoint: without the process that makes it they do not come further.
checkpointer() { # SIGNAL
	kill "-$1" "$(pgrep -P "$(jq .pid "$STATE/run/postgres.child")" -f 'postgres: checkpointer')"
}

engine_pid() {
	cat "${1:-$STATE}/run/lock"
}

newest() {
	ecomctl backup list -o json | jq -r '.[0].name'
}

# Where the gateway of a shop sends requests; port 9 is that of an empty slot.
addresses() { # STATE
	jq -r '.. | .address? // empty | select(. != "127.0.0.1:9")' "$1/gateway/slots.json" | sort -u
}

@test "a backup under load, restored into an empty folder: every order confirmed before is there, the books agree" {
	load_start
	wait_for '[ "$(confirmed | wc -l)" -gt 20 ]'
	confirmed >"$SCRATCH/before"
	run -0 ecomctl backup create
	assert_contains "$output" 'Copying the databases'
	wait_for more_confirmed
	load_end
	backup=$(newest)
	[ -n "$backup" ]
	shop_sql userd 'SELECT kid FROM signing_key ORDER BY 1' >"$SCRATCH/keys"

	run -0 ecomctl backup restore "$backup" --to "$RESTORED"
	run -0 ecomctl up -d --state "$RESTORED" --port "$(ports_free 3)" 3>&- 4>&-
	confirmed "$RESTORED" >"$SCRATCH/after"
	# What was confirmed may be cancelled by a merchant meanwhile: it is there, and was not rejected.
	STATE=$RESTORED shop_sql orderd "SELECT id FROM orders WHERE status <> 'rejected' ORDER BY id" >"$SCRATCH/there"
	[ -z "$(comm -23 "$SCRATCH/before" "$SCRATCH/there")" ] || flunk "lost: $(comm -23 "$SCRATCH/before" "$SCRATCH/there")"

	# Beside the first one, whose passwords it has, it talks to nobody but itself.
	both=$(comm -12 <(addresses "$STATE") <(addresses "$RESTORED"))
	[ -z "$both" ] || flunk "addresses of both: $both"
	[ "$(jq .nats_port "$STATE/engine.json")" != "$(jq .nats_port "$RESTORED/engine.json")" ]

	# The saga goes on from the cut, and what was published before it has no second effect.
	STATE=$RESTORED
	check_settle 29-confirmations
	check_copy # of one moment: the copies above were made one after the other
	check_run
	# Events of before the cut did come again, and were known: the store was made anew.
	wait_for "ecomctl -C local-$(jq .port "$RESTORED/engine.json") event lag --service orderd -o json |
		jq -e '[.[] | .repeated // 0] | add > 0'"
}

@test "the restored shop has the users, the keys and the secrets of the first one" {
	port=$(jq .port "$RESTORED/engine.json")
	run -0 curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(<"$SCRATCH/secrets/admin-token")" \
		"http://127.0.0.1:$((port + 1))/v1/orders?limit=1"
	assert_equal "$output" 200
	cmp "$STATE/secrets/clients/admin" "$RESTORED/secrets/clients/admin"
	[ -z "$(find "$RESTORED" '(' -type d -o -type s ')' -perm /077)" ]
	[ -z "$(find "$RESTORED/secrets" -type f -perm /077)" ]
	ecomctl down --state "$RESTORED"
}

@test "a backup is private, and describes itself" {
	backup=$STATE/backup/$(newest)
	[ -z "$(find "$STATE/backup" -perm /077)" ] || flunk "$(find "$STATE/backup" -perm /077)"
	for part in base.tar.gz pg_wal.tar.gz backup_manifest state.tar.gz; do
		assert_equal "$(sha256sum <"$backup/$part" | cut -d ' ' -f 1)" \
			"$(jq -r --arg n $part '.files[] | select(.name == $n) | .sha256' "$backup/manifest.json")"
	done
	run -0 ecomctl backup get "$(newest)" -o json
	jq -e '.schemas.orderd and .lsn and .version and .size > 0 and .format == 1 and .kind == "manual"' <<<"$output"
	run -3 ecomctl backup get nothing
}

@test "verify runs the invariants on a backup, through the engine and without it" {
	run -0 --separate-stderr ecomctl backup verify -o json
	jq -e 'length > 25 and all(.result == "ok" or .result == "under_way") and
		any(.check == "01-stock-ledger" and .result == "ok")' <<<"$output"
	run -0 ecomctl backup verify "$STATE/backup/$(newest)" --scratch "$(as_test_user mktemp -d "$SCRATCH/verify.XXXXXX")"
	[ ! -e "$STATE/backup/.verify" ]
}

@test "a violation is found by verify, with its name" {
	shop_sql catalogd "UPDATE stock_level SET on_hand = on_hand + 1 WHERE sku = 'SAVE-1'"
	ecomctl backup create
	shop_sql catalogd "UPDATE stock_level SET on_hand = on_hand - 1 WHERE sku = 'SAVE-1'"
	run -1 ecomctl backup verify
	assert_contains "$output" 'violated'
	[[ $output =~ violated[[:space:]]+01-stock-ledger ]] || flunk "$output"
}

@test "a damaged file is named, by verify and by restore" {
	backup=$STATE/backup/$(newest)
	byte=$(od -An -tu1 -j5000 -N1 "$backup/base.tar.gz")
	# shellcheck disable=SC2059
	printf "$(printf '\\%03o' $((byte ^ 1)))" | dd of="$backup/base.tar.gz" bs=1 seek=5000 conv=notrunc status=none
	run -1 ecomctl backup verify
	assert_contains "$output" base.tar.gz
	run -1 ecomctl backup restore "$backup" --to "$SCRATCH/damaged"
	assert_contains "$output" base.tar.gz
	[ -z "$(ls "$SCRATCH/damaged")" ] || flunk "$(ls "$SCRATCH/damaged")"
	rm -rf "$backup"
}

# The process of this shop that makes a backup.
maker_pid() {
	local dir
	while read -r dir; do
		case $(tr '\0' ' ' 2>/dev/null <"$dir/cmdline") in
		*" create $STATE "*) echo "${dir#/proc/}" ;;
		esac
	done < <(find /proc/[0-9]* -maxdepth 1 -name exe -lname '*/libexec/backup' -printf '%h\n' 2>/dev/null)
}

partial_exists() {
	[ -n "$(find "$STATE/backup" -name '*.partial')" ]
}

@test "a killed maker leaves nothing that looks complete, and the next one removes it" {
	before=$(ecomctl backup list -o json | jq length)
	checkpointer STOP
	ecomctl backup create >"$SCRATCH/killed.log" 2>&1 3>&- 4>&- &
	wait_for 'pgrep -f "^[^ ]*pg_basebackup .*$STATE/backup/.*partial"'
	kill -KILL "$(maker_pid)"
	! wait $! || flunk "$(<"$SCRATCH/killed.log")"
	checkpointer CONT
	kill -KILL "$(engine_pid)"
	wait_for "! ecomctl status --state $STATE"
	shop_up
	assert_equal "$(ecomctl backup list -o json | jq length)" "$before"
	mkdir -p "$STATE/backup/2026-01-01T000000Z.partial"
	run -0 ecomctl backup create
	run ! partial_exists
	assert_equal "$(ecomctl backup list -o json | jq length)" $((before + 1))
}

@test "the engine killed during a backup: the next one ends what is left of it" {
	before=$(ecomctl backup list -o json | jq length)
	checkpointer STOP
	ecomctl backup create >"$SCRATCH/killed.log" 2>&1 3>&- 4>&- &
	wait_for partial_exists
	kill -KILL "$(engine_pid)"
	checkpointer CONT
	! wait $! || flunk "$(<"$SCRATCH/killed.log")"
	shop_up
	run -0 ecomctl backup create
	run ! partial_exists
	after=$(ecomctl backup list -o json | jq length)
	[ "$after" -gt "$before" ]
}

@test "a restore refuses a folder that is not empty, and up refuses one that was cut short" {
	backup=$STATE/backup/$(newest)
	run -1 ecomctl backup restore "$backup" --to "$RESTORED"
	assert_contains "$output" 'is a shop already'
	as_test_user mkdir -p "$SCRATCH/home/full" && as_test_user touch "$SCRATCH/home/full/file"
	run -1 ecomctl backup restore "$backup" --to "$SCRATCH/home/full"
	assert_contains "$output" 'not empty'
	[ -e "$SCRATCH/home/full/file" ]
	as_test_user mkdir -p "$SCRATCH/home/cut/restore.partial/postgres"
	run -1 ecomctl up -d --state "$SCRATCH/home/cut" --port "$(ports_free 3)" 3>&- 4>&-
	assert_contains "$output" restore.partial
}

@test "backup_keep is how many stay" {
	echo $'admind:\n  backup_keep: 2' >>"$STATE/ecom.yaml"
	shop_down
	shop_up
	ecomctl backup create
	assert_equal "$(ecomctl backup list -o json | jq length)" 2
}

@test "to another folder: it is listed there, and a shop comes of it" {
	folder=$SCRATCH/home/elsewhere
	run -0 ecomctl backup create --to "$folder"
	run -0 ecomctl backup list --from "$folder" -o json
	assert_equal "$(jq length <<<"$output")" 1
	assert_equal "$(find "$folder" -perm /077)" ''
}

@test "a service whose database is elsewhere without an owner is named" {
	run -1 as_test_user env ECOM_ORDERD_DATABASE_URL=host=/elsewhere "$LIBEXEC/backup" create "$STATE" manual \
		"$SCRATCH/home/elsewhere" 7 60000
	assert_contains "$output" 'the database of orderd is on another cluster'
}

@test "the backup of an upgrade takes it back" {
	shop_down
	echo 0.0.1 >"$STATE/VERSION"
	shop_up
	run -0 --separate-stderr ecomctl backup list -o json
	jq -e '.[0] | .kind == "upgrade" and .version == "0.0.1"' <<<"$output"
	ecomctl backup restore "$(newest)" --to "$SCRATCH/back"
	assert_equal "$(<"$SCRATCH/back/VERSION")" 0.0.1
}

@test "backup_every makes them by itself" {
	echo '  backup_every: 1s' >>"$STATE/ecom.yaml"
	shop_down
	shop_up
	wait_for "ecomctl backup list -o json | jq -e '.[0].kind == \"scheduled\"'"
}
