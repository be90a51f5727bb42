#!/usr/bin/env bats
# shellcheck disable=SC2153
# The local engine: starting, adopting, scaling, rolling, ending, and what it refuses to start.

load ../lib
bats_require_minimum_version 1.5.0

setup_file() {
	# The load of these tests comes from one address.
	export ECOM_GATEWAYD_RATE_LIMIT_REQUESTS=1000000
	shop_up
}

engine_pid() {
	cat "${1:-$STATE}/run/lock"
}

# Every instance with its pid, without the engine itself.
pids() {
	ecomctl status --state "$STATE" -o json | jq -c '[.[1:][] | [.instance, .pid]] | sort'
}

instance_state() {
	ecomctl status --state "$STATE" -o json | jq -r --arg i "$1" '.[] | select(.instance == $i) | .state'
}

ready_count() {
	ecomctl service list -o json | jq --arg n "$1" '.[] | select(.name == $n) | .ready'
}

answers() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "${1:-$SHOP}/v1/products?limit=1")" = 200 ]
}

# Processes that belong to a state folder, by arguments, environment or working folder.
processes_of() {
	local pid words
	for pid in $({
		grep -alsF "$1/" /proc/[0-9]*/environ /proc/[0-9]*/cmdline
		find /proc/[0-9]* -maxdepth 1 -name cwd -lname "$1*" 2>/dev/null
	} | cut -d / -f 3 | sort -u); do
		words=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || continue # it has ended
		case $words in
		'' | *bats* | *bash*) ;;
		*) echo "$pid $words" ;;
		esac
	done
}

# refused ARGUMENT…: `up` fails with one error and a hint, and leaves no process.
refused() {
	local folder=$1
	shift
	run -1 ecomctl up -d --state "$folder" "$@" 3>&- 4>&-
	[[ $output == *'error: '* && $output == *'hint: '* ]] || flunk "no error with a hint: $output"
	[ -z "$(processes_of "$folder")" ] || flunk "left: $(processes_of "$folder")"
}

load_start() {
	local i
	rm -f "$SCRATCH/load.stop"
	for i in 1 2 3 4; do
		(
			exec 3>&- 4>&-
			while [ -d "$SCRATCH" ] && [ ! -e "$SCRATCH/load.stop" ]; do
				curl -s -o /dev/null -w '%{http_code}\n' "$SHOP/v1/products?limit=1&q=w$i$RANDOM" ||
					echo failed
			done >"$SCRATCH/load.$i"
		) &
	done
}

# Ends the load; every answer of it was 200.
load_assert() {
	touch "$SCRATCH/load.stop"
	wait
	cat "$SCRATCH"/load.[0-9] | sort | uniq -c >"$SCRATCH/load.codes"
	[ "$(awk '{ print $2 }' "$SCRATCH/load.codes")" = 200 ] || flunk "$(cat "$SCRATCH/load.codes")"
	[ "$(awk '{ print $1 }' "$SCRATCH/load.codes")" -gt 20 ]
}

@test "up starts everything, and a second up changes nothing" {
	answers
	before=$(pids)
	run -0 ecomctl up -d --state "$STATE"
	assert_contains "$output" 'up already'
	assert_equal "$(pids)" "$before"
	wait_for "ecomctl status --state $STATE" # a look at a service that comes too late makes it unready for a moment
	wait_for 'output=$(ecomctl doctor --state "$STATE")'
	assert_contains "$output" 'backup has none'
	run -0 ecomctl service list -o name
	for service in userd catalogd cartd orderd paymentd; do
		[[ $output == *$service* ]] || flunk "no $service: $output"
		wait_for "[ \$(instance_state $service-1) = ready ]"
		ecomctl doctor --state "$STATE" | grep -q "connections.$service: "
	done
}

@test "an idle daemon needs little memory" {
	local file instance kilobytes
	for file in "$STATE"/run/*d-1.child; do
		instance=$(basename "$file" .child)
		kilobytes=$(awk '/^Pss:/ { print $2 }' "/proc/$(jq .pid "$file")/smaps_rollup")
		[ -n "${ECOM_SANITIZED:-}" ] || [ "$kilobytes" -le 10240 ] || flunk "$instance: $kilobytes KiB"
	done
}

@test "everything is private" {
	[ -z "$(find "$STATE" \( -type d -o -type s \) -perm /077)" ] ||
		flunk "$(find "$STATE" \( -type d -o -type s \) -perm /077)"
	[ -z "$(find "$STATE/secrets" "$STATE/run" -type f -perm /077)" ] ||
		flunk "$(find "$STATE/secrets" "$STATE/run" -type f -perm /077)"
	if grep -sqF -f "$STATE/secrets/clients/admin" "$STATE"/log/* /proc/[0-9]*/cmdline; then
		flunk 'a secret is in a log or in arguments'
	fi
}

@test "of two that start it at once both see it up" {
	local first second=0
	shop_down
	ecomctl up -d --state "$STATE" >"$SCRATCH/first" 2>&1 3>&- 4>&- &
	first=$!
	ecomctl up -d --state "$STATE" >"$SCRATCH/second" 2>&1 3>&- 4>&- || second=$?
	wait "$first" || flunk "$(cat "$SCRATCH/first")"
	[ "$second" = 0 ] || flunk "$(cat "$SCRATCH/second")"
	answers
}

# nats_say USER LINE…: what NATS answers to a user of the shop.
nats_say() {
	exec 7<>"/dev/tcp/127.0.0.1/$(jq .nats_port "$STATE/engine.json")"
	printf 'CONNECT {"verbose":false,"user":"%s","pass":"%s"}\r\n' "$1" "$(<"$STATE/secrets/nats-$1")" >&7
	printf '%s\r\n' "${@:2}" PING >&7
	timeout 60 sed '/^PONG/q' <&7
	exec 7<&-
}

@test "at NATS each daemon may speak and hear for itself only" {
	local line
	for line in 'SUB _INBOX.userd.> 1' 'SUB _INBOX.> 1' 'SUB users.> 1' 'PUB _INBOX.userd.x 0' \
		'PUB registry.userd.userd-1 0' 'PUB users.user.created 0' "PUB \$JS.API.STREAM.DELETE.CATALOG 0" \
		"PUB \$JS.API.STREAM.INFO.USERS 0" "PUB \$SRV.PING 0"; do
		run -0 nats_say catalogd "$line" ''
		assert_contains "$output" 'Permissions Violation'
	done
	run -0 nats_say catalogd 'SUB _INBOX.catalogd.x 1' "PUB \$JS.API.STREAM.INFO.CATALOG _INBOX.catalogd.x 0" ''
	[[ $output != *Violation* ]] || flunk "$output"
	for line in "PUB \$JS.API.CONSUMER.CREATE.USERS.orderd-x 0" 'PUB payments.payment.captured 0' \
		"PUB \$JS.API.STREAM.DELETE.PAYMENTS 0" "PUB \$JS.API.STREAM.PURGE.ORDERS 0" \
		"PUB \$JS.ACK.CARTS.x.1.1.1.1.1 0" 'SUB users.> 1'; do
		run -0 nats_say orderd "$line" ''
		assert_contains "$output" 'Permissions Violation'
	done
	run -0 nats_say orderd "PUB \$JS.API.CONSUMER.INFO.PAYMENTS.orderd-x 0" ''
	[[ $output != *Violation* ]] || flunk "$output"
	# What the daemons do themselves is allowed.
	[ "$(grep -c Violation "$STATE/log/nats.log")" = 15 ] || flunk "$(grep Violation "$STATE/log/nats.log")"
}

@test "doctor says what HAProxy refuses" {
	local state=$SCRATCH/refused
	as_test_user mkdir -m 700 "$state" "$state/gateway" "$state/log"
	as_test_user cp "$STATE/VERSION" "$state"
	as_test_user cp "$STATE/gateway/haproxy.cfg" "$state/gateway"
	ecomctl doctor --state "$state" | grep -q 'HAProxy accepts'
	echo nonsense | as_test_user tee -a "$state/gateway/haproxy.cfg" >/dev/null
	run -1 ecomctl doctor --state "$state"
	assert_contains "$output" "unknown keyword 'nonsense'"
	assert_equal "$(ls "$state/log")" ''
}

@test "up on another port than the running one is refused" {
	run -6 ecomctl up -d --state "$STATE" --port $((PORT + 10))
	assert_contains "$output" "runs on port $PORT"
}

@test "a killed engine leaves the shop serving, and the next up takes it over" {
	before=$(pids)
	kill -KILL "$(engine_pid)"
	wait_for "! ecomctl status --state $STATE"
	answers
	run -1 ecomctl status --state "$STATE"
	assert_contains "$output" unsupervised
	ecomctl doctor --state "$STATE" | grep -q 'no engine runs'
	shop_up
	assert_equal "$(pids)" "$before"
	run -0 ecomctl status --state "$STATE"
}

@test "a killed daemon comes back" {
	for service in catalogd userd cartd orderd paymentd; do
		old=$(jq .pid "$STATE/run/$service-1.child")
		kill -KILL "$old"
		wait_for "[ \$(jq .pid $STATE/run/$service-1.child) != $old ] && [ \$(instance_state $service-1) = ready ]"
		ecomctl status --state "$STATE" -o json |
			jq -e --arg i "$service-1" '.[] | select(.instance == $i) | .restarts == 1'
	done
	wait_for answers
}

@test "killed NATS, PostgreSQL and HAProxy come back" {
	for name in nats postgres haproxy; do
		old=$(jq .pid "$STATE/run/$name.child")
		kill -KILL "$old"
		wait_for "[ \$(jq .pid $STATE/run/$name.child) != $old ] && [ \$(instance_state $name) = ready ]"
	done
	wait_for answers
}

@test "scale adds instances, remembers their number, and refuses what the database cannot bear" {
	run -0 ecomctl service scale catalogd=3 orderd=2 --wait
	assert_equal "$(ready_count catalogd)" 3
	assert_equal "$(ready_count orderd)" 2
	run -6 ecomctl service scale catalogd=16
	assert_contains "$output" connections
	run -6 ecomctl service scale catalogd=2 --current 1
	run -3 ecomctl service scale nobody=1
	run -7 ecomctl service scale gatewayd=2
	run -2 ecomctl service scale catalogd
	assert_equal "$(ready_count catalogd)" 3
	kill -KILL "$(engine_pid)"
	wait_for "! ecomctl status --state $STATE"
	shop_up
	assert_equal "$(ready_count catalogd)" 3
}

@test "restart rolls under load without a failed request" {
	load_start
	run -0 ecomctl service restart catalogd --wait --timeout 300s
	load_assert
	assert_equal "$(ready_count catalogd)" 3
	[ ! -e "$STATE/run/catalogd-4.child" ]
}

@test "scaling down under load drains" {
	load_start
	run -0 ecomctl service scale catalogd=1 orderd=1 --wait
	load_assert
	[ ! -e "$STATE/run/catalogd-2.child" ] && [ ! -e "$STATE/run/orderd-2.child" ]
}

@test "a single instance is rolled under load without a failed request" {
	load_start
	run -0 ecomctl service restart catalogd --wait --timeout 300s
	load_assert
}

@test "an engine that is killed in the middle of a roll: the next one ends it without a failed request" {
	local drained
	drained=$(grep -c draining "$STATE/log/catalogd-1.log")
	load_start
	ecomctl service restart catalogd
	wait_for "[ \$(grep -c draining $STATE/log/catalogd-1.log) -gt $drained ]"
	[ -e "$STATE/run/catalogd-2.child" ]
	kill -KILL "$(engine_pid)"
	wait_for "! ecomctl status --state $STATE"
	shop_up
	wait_for "[ ! -e $STATE/run/catalogd-2.child ] && [ \$(instance_state catalogd-1) = ready ]"
	load_assert
}

@test "a second shop runs beside, and ends alone" {
	local second=$SCRATCH/second-shop port
	port=$(ports_free 3)
	ecomctl up -d --state "$second" --port "$port" 3>&- 4>&-
	answers "http://127.0.0.1:$port"
	answers
	run -0 ecomctl down --state "$second"
	[ -z "$(processes_of "$second")" ] || flunk "$(processes_of "$second")"
	answers
	run ! answers "http://127.0.0.1:$port"
}

@test "a busy port: one line, nothing started" {
	refused "$SCRATCH/busy" --port "$PORT"
	assert_contains "$output" "port $PORT (shop) is in use"
	assert_contains "$output" --port
	local first
	first=$(ports_free 3)
	process_start busy nats-server -a 127.0.0.1 -p $((first + 2))
	wait_for "port_in_use $((first + 2))"
	refused "$SCRATCH/busy" --port "$first"
	assert_contains "$output" "port $((first + 2)) (internal) is in use"
	process_stop busy
	[ ! -e "$SCRATCH/busy/postgres" ]
}

@test "a missing package: its name and how to install it" {
	ECOM_HAPROXY=/nonexistent refused "$SCRATCH/package" --port "$(ports_free 3)"
	assert_contains "$output" 'apt-get install haproxy'
	ECOM_NATS_SERVER=/nonexistent refused "$SCRATCH/package" --port "$(ports_free 3)"
	assert_contains "$output" 'apt-get install nats-server'
	ECOM_POSTGRES_BIN=/nonexistent refused "$SCRATCH/package" --port "$(ports_free 3)"
	assert_contains "$output" 'apt-get install postgresql'
}

@test "folders that are not ours are refused" {
	mkdir "$SCRATCH/foreign"
	touch "$SCRATCH/foreign/thesis.tex"
	[ "$(id -u)" != 0 ] || chown -R "$TEST_USER" "$SCRATCH/foreign"
	refused "$SCRATCH/foreign" --port "$(ports_free 3)"
	assert_contains "$output" thesis.tex
	run -2 ecomctl up -d --state "$SCRATCH/$(printf 'a%.0s' {1..90})"
	assert_contains "$output" 'too long'
	if [ "$(id -u)" = 0 ]; then
		mkdir -m 755 "$SCRATCH/others"
		touch "$SCRATCH/others/VERSION"
		refused "$SCRATCH/others" --port "$(ports_free 3)"
		assert_contains "$output" 'belongs to'
	fi
}

@test "a state of a newer version is refused, an ended shop starts again" {
	shop_down
	[ -z "$(processes_of "$STATE")" ] || flunk "left: $(processes_of "$STATE")"
	run -0 ecomctl down --state "$STATE"
	assert_contains "$output" 'down already'
	version=$(<"$STATE/VERSION")
	echo 999.0.0 >"$STATE/VERSION"
	refused "$STATE"
	assert_contains "$output" 999.0.0
	echo "$version" >"$STATE/VERSION"
	shop_up
	answers
}

@test "an older state is saved before it is migrated" {
	version=$(<"$STATE/VERSION")
	shop_down
	echo 0.0.1 >"$STATE/VERSION"
	shop_up
	answers
	assert_equal "$(<"$STATE/VERSION")" "$version"
	ecomctl backup list --state "$STATE" -o json |
		jq -e '.[0] | .kind == "upgrade" and .version == "0.0.1" and .schemas.orderd'
}

daemons_rolled() {
	local name
	for name in userd catalogd cartd orderd paymentd gatewayd; do
		[ "$(jq -r .version "$STATE/run/$name-1.child")" = "$version" ] || return 1
	done
	ecomctl service list -o json | jq -e 'all(.state == "ready")'
}

@test "an upgrade of a running shop saves, migrates and rolls without a failed request" {
	version=$(<"$STATE/VERSION")
	kill -KILL "$(engine_pid)"
	wait_for "! ecomctl status --state $STATE"
	echo 0.0.2 >"$STATE/VERSION"
	sed -i 's/"version":"[^"]*"/"version":"0.0.2"/' "$STATE"/run/*d-1.child
	rm -rf "$STATE"/backup/*
	load_start
	shop_up
	wait_for daemons_rolled 300
	load_assert
	ecomctl backup list --state "$STATE" -o json | jq -e '.[0].version == "0.0.2"'
}

# postgres_says STATEMENT…: each by itself, as the administrator.
postgres_says() {
	local statement
	for statement; do
		as_test_user "$(pg_bindir)/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$STATE/run" -U postgres \
			-d postgres -c "$statement"
	done
}

@test "a shop that runs from a version with fewer services gets the others" {
	local name file
	version=$(<"$STATE/VERSION")
	kill -KILL "$(engine_pid)"
	wait_for "! ecomctl status --state $STATE"
	for name in cartd orderd paymentd notifyd; do
		kill -KILL "$(jq .pid "$STATE/run/$name-1.child")"
		rm "$STATE/run/$name-1.child" "$STATE/secrets"/{gateway,nats,clients/}*"$name"
		postgres_says "DROP DATABASE $name WITH (FORCE)" "DROP ROLE $name" "DROP ROLE ${name}_owner"
		shop_sql userd "DELETE FROM client WHERE id = '$name'"
		sed -i "/user: \"$name\"/,/subscribe:/d" "$STATE/run/nats.conf"
		sed -i "/ $name\(_owner\)\?$/d" "$STATE/postgres/pg_ident.conf"
	done
	run ! grep -l cartd "$STATE/run/nats.conf" "$STATE/postgres/pg_ident.conf"
	for name in nats postgres; do
		kill -HUP "$(jq .pid "$STATE/run/$name.child")"
	done
	echo 0.0.2 >"$STATE/VERSION"
	sed -i 's/"version":"[^"]*"/"version":"0.0.2"/' "$STATE"/run/*d-1.child
	load_start
	shop_up
	wait_for daemons_rolled 300
	load_assert
	wait_for "[ \"\$(shop_sql userd 'SELECT count(*) FROM client')\" = 5 ]"
	wait_for "ecomctl doctor --state $STATE" || flunk "$(ecomctl doctor --state "$STATE")"
}

# engine_is_new FOLDER PID: another engine than that one has the folder.
engine_is_new() {
	local pid
	pid=$(engine_pid "$1") && [ -n "$pid" ] && [ "$pid" != "$2" ] && process_alive "$pid"
}

# PostgreSQL's programs, with an initdb that does not end.
held_programs() {
	mkdir "$SCRATCH/held"
	ln -s "$(pg_bindir)"/* "$SCRATCH/held"
	rm "$SCRATCH/held/initdb"
	printf '#!/bin/sh\nexec tail -f /dev/null\n' >"$SCRATCH/held/initdb"
	chmod 0755 "$SCRATCH/held" "$SCRATCH/held/initdb"
}

@test "a first start that was killed anywhere is gone on with" {
	local folder=$SCRATCH/half port file programs old=''
	port=$(ports_free 3)
	held_programs
	for file in run/lock log/initdb.log postgres/PG_VERSION run/postgres.child log/userd-migrate.log; do
		# When the later ones are there, so little is left that it may be done before the kill.
		programs=$(pg_bindir)
		[[ $file != run/lock && $file != log/initdb.log ]] || programs=$SCRATCH/held
		process_start up env PATH="$PATH" ECOM_POSTGRES_BIN="$programs" "$BIN/ecomctl" up -d --state "$folder" --port "$port"
		wait_for "engine_is_new $folder '$old' && [ -e $folder/$file ]"
		old=$(engine_pid "$folder")
		kill -KILL "$old"
		wait_for "! process_alive $(process_pid up)"
		[ "$programs" != "$SCRATCH/held" ] || [ ! -e "$folder/VERSION" ]
	done
	ecomctl up -d --state "$folder" --port "$port" 3>&- 4>&-
	answers "http://127.0.0.1:$port"
	run -0 ecomctl down --state "$folder"
	[ -z "$(processes_of "$folder")" ] || flunk "$(processes_of "$folder")"
}

@test "down ends what a dead engine left" {
	kill -KILL "$(engine_pid)"
	wait_for "! ecomctl status --state $STATE"
	shop_down
	[ -z "$(processes_of "$STATE")" ] || flunk "left: $(processes_of "$STATE")"
}

@test "in the foreground Ctrl-C ends the shop" {
	ecomctl up --state "$STATE" >"$SCRATCH/up.out" 2>&1 3>&- 4>&- &
	local up=$!
	wait_for "grep -q 'Ctrl-C' $SCRATCH/up.out"
	answers
	kill -INT "$up"
	wait "$up"
	[ -z "$(processes_of "$STATE")" ] || flunk "left: $(processes_of "$STATE")"
}
