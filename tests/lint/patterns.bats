#!/usr/bin/env bats
# Forbidden patterns: the traps of CONTRIBUTING.md that a search can find.

load ../lib
load ../lib/sources

setup() {
	mapfile -t c < <(code_files '*.c')
	mapfile -t product < <(code_files '*.c' | grep -v -e ^tests/ -e ^bench/)
	mapfile -t headers < <(code_files '*.h')
}

@test "no JSON is built with printf" {
	refuse 'use json_pack() or SQL' '[{,] ?\\"[a-z_.@]+\\" ?:.*%[a-z*.]' "${product[@]}"
}

@test "no SQL in C: statements are .sql files" {
	refuse 'put the statement into sql/' \
		'"[^"]*\b(SELECT .* FROM|INSERT INTO|UPDATE [a-z_]+ SET|DELETE FROM|ALTER TABLE)\b' \
		"${product[@]}"
}

@test "no functions without bounds or error reports" {
	refuse 'use str.h, buf.h, xasprintf(), posix_spawn()' \
		'[^a-z_](strcpy|strcat|sprintf|vsprintf|gets|strtok|atof|system|popen|tmpnam|mktemp|alloca)\(' \
		"${c[@]}"
}

@test "nothing that blocks in the HTTP server" {
	mapfile -t http < <(code_files '*.c' | grep ^lib/http/)
	refuse 'a task or worker does that' \
		'[^a-z_](PQexec|PQexecParams|PQconnectdb|PQgetResult|curl_easy_perform|crypto_pwhash|password_hash|password_verify|token_sign|usleep|sleep)\(' \
		"${http[@]}"
}

@test "structs have no typedef" {
	refuse 'write struct x' '^typedef (struct|enum|union)[^(]*$' "${c[@]}" "${headers[@]}"
}

@test "includes are written from the root" {
	refuse 'include "lib/…"' '#include "(\.|[^/"]*"$)' "${c[@]}" "${headers[@]}"
}

@test "every C file begins with its purpose, every header has its guard" {
	local file
	for file in "${c[@]}" "${headers[@]}"; do
		head -n 1 "$SRCDIR/$file" | grep -q '^/\*' || flunk "$file: no comment at the top"
	done
	for file in "${headers[@]}"; do
		grep -qE '^#ifndef ECOM_[A-Z0-9_]+_H$' "$SRCDIR/$file" || flunk "$file: no guard ECOM_…_H"
	done
}

@test "a source file includes its own header before all others" {
	local file first
	for file in "${product[@]}"; do
		[ -e "$SRCDIR/${file%.c}.h" ] || continue
		first=$(sed -n '/^#include </q; /^#include "/p' "$SRCDIR/$file")
		[[ $first == *"\"${file%.c}.h\""* ]] || flunk "$file: ${file%.c}.h is not among its first includes"
	done
}

@test "every statement is used" {
	local file folder name
	while read -r file; do
		folder=$(sed -E 's:^(lib|daemons/[a-z]+)/.*:\1:' <<<"$file")
		name=$(basename "$file" .sql)
		grep -rqE --include='*.[ch]' "(SQL\($name\)|_sql_$name\b)" "$SRCDIR/$folder" ||
			flunk "$file is used by nothing in $folder"
	done < <(cd "$SRCDIR" && find lib daemons -path '*/sql/*.sql')
}

@test "tests wait for conditions, they do not sleep" {
	mapfile -t tests < <(code_files '*.bats' '*.bash' | grep -v ^tests/lib/process.bash)
	refuse 'use wait_for' '(^|[;&|({ ])u?sleep [0-9$]' "${tests[@]}"
	mapfile -t tests < <(code_files '*.c' | grep ^tests/)
	refuse 'wait for a condition' '[^a-z_]u?sleep\(' "${tests[@]}"
}

@test "no trailing blanks" {
	mapfile -t all < <(code_files '*.[ch]' '*.sql' '*.bats' '*.bash' '*.am')
	refuse 'trailing blanks' '[[:blank:]]+$' "${all[@]}" README.md ARCHITECTURE.md CONTRIBUTING.md
}

@test "every source file is in a Makefile fragment, so that the archive has it" {
	local file lists missing=0
	lists=$(cd "$SRCDIR" && cat Makefile.am build-aux/*.am &&
		find . -path "./_build*" -prune -o -name Makefile.am -exec cat {} +)
	while read -r file; do
		grep -qF -e "/$(basename "$file")" <<<"$lists" && continue
		grep -qF -e "${file%.c}" <<<"$lists" && continue
		echo "$file"
		missing=1
	done < <(code_files '*.[ch]')
	[ "$missing" = 0 ] || flunk 'in no fragment'
}
