# A private PostgreSQL on a Unix socket in $SCRATCH/run: a database and two roles per service.
# shellcheck shell=bash

PG_SERVICES='userd catalogd cartd orderd paymentd notifyd testd'

pg_bindir() {
	local dirs=(/usr/lib/postgresql/*/bin)
	echo "${dirs[-1]}"
}

# pg_start [NAME…]: for the services (default: all known). Repeatable after pg_stop.
pg_start() {
	scratch_make
	PG_BINDIR=$(pg_bindir)
	export PG_BINDIR PGHOST=$SCRATCH/run
	[ -d "$SCRATCH/postgres" ] || pg_init "${@:-}"
	process_start postgres "$PG_BINDIR/postgres" -D "$SCRATCH/postgres"
	wait_for 'pg_sql postgres "SELECT 1"'
	[ -e "$SCRATCH/postgres.made" ] || pg_make_databases "${@:-}"
}

pg_stop() {
	process_stop postgres "${1:-INT}"
}

pg_init() {
	local role user
	# shellcheck disable=SC2086
	[ -n "$1" ] || set -- $PG_SERVICES
	as_test_user "$PG_BINDIR/initdb" -D "$SCRATCH/postgres" -U postgres -A peer -E UTF8 \
		--locale C.UTF-8 --no-sync --no-instructions >/dev/null
	cat >>"$SCRATCH/postgres/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$SCRATCH/run'
		max_connections = 300
		shared_buffers = 64MB
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		autovacuum = off
	CONF
	echo 'local all all peer map=ecom' >"$SCRATCH/postgres/pg_hba.conf"
	for user in "$TEST_USER" "$(id -un)"; do
		for role in postgres "$@" "${@/%/_owner}"; do
			echo "ecom $user $role"
		done
	done >"$SCRATCH/postgres/pg_ident.conf"
}

# As the engine makes them: the run-time role owns nothing.
pg_make_databases() {
	local name
	# shellcheck disable=SC2086
	[ -n "$1" ] || set -- $PG_SERVICES
	for name; do
		pg_sql postgres "CREATE ROLE ${name}_owner LOGIN" "CREATE ROLE $name LOGIN" \
			"CREATE DATABASE $name OWNER ${name}_owner" \
			"REVOKE ALL ON DATABASE $name FROM PUBLIC" \
			"GRANT CONNECT ON DATABASE $name TO $name" >/dev/null
	done
	touch "$SCRATCH/postgres.made"
}

pg_url() { # NAME [ROLE]
	echo "host=$SCRATCH/run dbname=$1 user=${2:-$1}"
}

# pg_sql NAME STATEMENT…: rows unaligned, as the owner of the database; stops at the first error.
pg_sql() {
	local name=$1 role=${1}_owner statement words=()
	shift
	[ "$name" != postgres ] || role=postgres
	for statement; do
		words+=(-c "$statement")
	done
	"${PG_BINDIR:-$(pg_bindir)}/psql" -X -A -t -q -v ON_ERROR_STOP=1 "$(pg_url "$name" "$role")" "${words[@]}"
}
