#!/usr/bin/env bats
# docs/events.md against the statements that write events and the tables that consume them.

load ../lib

documented() { # SED PATTERN of a subject
	events_documented | jq -r 'keys[]' | grep -E "^$1" | sort -u
}

statements() {
	cat "$SRCDIR"/daemons/*/{sql,schema}/*.sql | sed 's/--.*//'
}

@test "every subject of a statement is documented" {
	local subject
	while read -r subject; do
		[ -n "$(documented "${subject//./\\.}$")" ] || flunk "docs/events.md does not have $subject"
	done < <(statements | grep -oE "'[a-z]+\.[a-z_]+\.[a-z_]+'" | tr -d "'" |
		grep -E '^(users|catalog|carts|orders|payments)\.' | sort -u)
}

@test "every beginning of a subject that a statement completes is documented" {
	local beginning
	while read -r beginning; do
		[ -n "$(documented "${beginning//./\\.}")" ] || flunk "docs/events.md has nothing of $beginning"
	done < <(statements | grep -oE "'(users|catalog|carts|orders|payments)\.[a-z_]+\.'" | tr -d "'" | sort -u)
}

@test "every documented subject is written by a statement" {
	local subject words
	statements >"$BATS_TEST_TMPDIR/statements"
	while read -r subject; do
		grep -qF "'$subject'" "$BATS_TEST_TMPDIR/statements" && continue
		grep -qF "'${subject%.*}.'" "$BATS_TEST_TMPDIR/statements" &&
			grep -qF "'${subject##*.}'" "$BATS_TEST_TMPDIR/statements" ||
			flunk "no statement writes $subject"
	done < <(documented '')
}

@test "the consumers are those that docs/events.md names" {
	local daemon pattern subject
	for daemon in cartd orderd paymentd notifyd; do
		while read -r pattern; do
			[[ ! $pattern =~ ^[a-z]+\.\>$ ]] || continue # a whole stream: webhooks get everything
			for subject in $(documented "$(sed 's/\./\\./g; s/>$/.*/' <<<"$pattern")$"); do
				grep -qE "^\| ${subject//./\\.} \|.*\| [^|]*\b$daemon\b[^|]*\|$" "$SRCDIR/docs/events.md" ||
					flunk "$daemon consumes $subject, and docs/events.md does not say so"
			done
		done < <(sed -nE 's/^\t\{ "([a-z.>_]+)".*/\1/p' "$SRCDIR/daemons/$daemon/consumers.c")
	done
}
