# The checker: copies the tables of all services and a client's history into a database of its own
# and looks there for what must never be. It shares nothing with the daemons but the names of
# tables; the copies have no constraints, so that a test can plant what the real ones would refuse.
# shellcheck shell=bash

CHECKED_SERVICES='userd catalogd cartd orderd paymentd notifyd'

check_sql() { # [psql arguments]
	as_test_user "$(pg_bindir)/psql" -X -A -t -q -v ON_ERROR_STOP=1 "$(pg_url checker checker_owner)" "$@"
}

# A cluster of its own: the shop that is looked at is only read.
check_open() {
	[ ! -e "$SCRATCH/postgres.made" ] || return 0
	pg_start checker
}

# The statements that make the tables, and the commands that copy them out, from the catalogue of the
# shop's database. Types of the services themselves become text.
check_tables() { # SERVICE FOLDER
	check_shop_sql "$1" -v service="$1" -v folder="$2" <<-'SQL'
		CREATE TEMPORARY VIEW copied AS
		SELECT n.nspname, c.relname,
			CASE n.nspname WHEN 'public' THEN current_database() ELSE n.nspname END AS target,
			string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
			string_agg(quote_ident(a.attname) || ' ' || CASE
				WHEN tn.nspname = 'pg_catalog' THEN format_type(a.atttypid, NULL) ELSE 'text' END,
				', ' ORDER BY a.attnum) AS definitions
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_type t ON t.oid = a.atttypid
		JOIN pg_namespace tn ON tn.oid = t.typnamespace
		WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
			AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
		GROUP BY 1, 2;
		\o :folder/make.sql
		SELECT format('CREATE SCHEMA IF NOT EXISTS %I;', target) FROM copied GROUP BY target;
		SELECT format('CREATE TABLE %I.%I (%s);', target, relname, definitions) FROM copied;
		\o :folder/out.sql
		SELECT 'BEGIN ISOLATION LEVEL REPEATABLE READ;';
		SELECT format('\copy (SELECT %s FROM %I.%I) TO ''%s/%s.%s.copy''', columns, nspname,
			relname, :'folder', target, relname) FROM copied;
		\o :folder/in.sql
		SELECT format('\copy %I.%I (%s) FROM ''%s/%s.%s.copy''', target, relname, columns, :'folder',
			target, relname) FROM copied;
	SQL
}

check_shop_sql() { # SERVICE [psql arguments]
	as_test_user "$(pg_bindir)/psql" -X -A -t -q -v ON_ERROR_STOP=1 -h "$STATE/run" -U "${1}_owner" -d "$1" "${@:2}"
}

# check_copy: from the shop in $STATE. Each database in one snapshot.
check_copy() {
	local service folder
	check_open
	check_sql -c 'DROP OWNED BY checker_owner'
	for service in $CHECKED_SERVICES; do
		folder=$SCRATCH/home/copy-$service
		rm -rf "$folder"
		as_test_user mkdir -m 0700 "$folder"
		check_tables "$service" "$folder" &&
			check_shop_sql "$service" -f "$folder/out.sql" &&
			check_sql -f "$folder/make.sql" -f "$folder/in.sql" || return 1
		rm -rf "$folder"
	done
	check_history_table
}

# check_history FILE: what a client wrote down.
check_history() {
	local file=$SCRATCH/home/history.ndjson
	cp "$1" "$file"
	chmod 0644 "$file"
	check_sql -c "\\copy history_line (line) FROM '$file' WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
	rm -f "$file"
}

# check_outside MAILDIR RECEIVER: what has arrived there; see tests/lib/smtp.bash and webhooks.bash.
check_outside() {
	local folder=$SCRATCH/home
	grep -rhoiP '^Message-ID: <\K[0-9a-f-]{36}(?=@)' "$1" | sort -u >"$folder/mailed"
	cat "$2"/*.body | jq -r 'select(.type == "orders.order.confirmed").data.order' | sort -u >"$folder/heard"
	chmod 0644 "$folder/mailed" "$folder/heard"
	check_sql -c "\\copy mailed FROM '$folder/mailed'" -c "\\copy heard FROM '$folder/heard'"
	rm -f "$folder/mailed" "$folder/heard"
}

check_history_table() {
	check_sql <"$SRCDIR/tests/chaos/history.sql"
}

# check_run [NAME…]: every query of checks/ (or these); a row of its answer is a violation. Prints a
# table, and the first rows of what is violated. Fails when there was any.
check_run() {
	local file name found status=0 count words=("$@") title
	[ $# -gt 0 ] || mapfile -t words < <(cd "$SRCDIR/tests/chaos/checks" && printf '%s\n' *.sql)
	printf '%-30s %-10s %s\n' INVARIANT VIOLATIONS 'WHAT MUST HOLD'
	for file in "${words[@]}"; do
		name=${file%.sql}
		file=$SRCDIR/tests/chaos/checks/$name.sql
		title=$(sed -n '1s/^-- //p' "$file")
		if ! found=$(check_sql -F ' ' -P footer=off <"$file" 2>&1); then
			printf '%-30s %-10s %s\n' "$name" error "$title"
			head -n 4 <<<"$found" | sed 's/^/    /'
			status=1
			continue
		fi
		count=$(grep -c . <<<"$found") || true
		[ "$count" != 0 ] || count=ok
		printf "%-30s %-10s %s\n" "$name" "$count" "$title"
		[ "$count" != ok ] || continue
		status=1
		head -n 5 <<<"$found" | sed 's/^/    /'
	done
	return "$status"
}

# check_settle [CHECK…]: waits until nothing is under way any more, and every service has taken in what the
# others have told: those whose books are compared by the last ones learn of it by events. With more
# checks, until these hold too.
check_settle() {
	check_settle_checks=(15-nothing-undecided 17-events-published 18-carts-ordered 20-one-payment-per-order
		21-money-follows-goods "$@")
	wait_for 'check_copy && check_run "${check_settle_checks[@]}"' 180 ||
		{ check_run "${check_settle_checks[@]}"; return 1; }
}
