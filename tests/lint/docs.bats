#!/usr/bin/env bats
# Documents against the code: options, problem codes, links.

load ../lib
load ../lib/sources

daemons() {
	find "$BUILDDIR/libexec" -maxdepth 1 -name '*d' -type f -perm -u+x | sort
}

# The codes that a client can meet: rows of struct problem, constraints of the services, raised names.
codes() {
	cd "$SRCDIR" || return
	mapfile -t c < <(code_files '*.c' | grep -v -e ^tests/ -e ^ecomctl/)
	cat "${c[@]}" | tr '\n\t' '  ' | grep -oE 'struct problem [A-Za-z_0-9]+ = \{ *[0-9]{3}, *"[a-z_0-9]+"' |
		sed -E 's/.*"(.*)"/\1/'
	cat daemons/*/schema/*.sql | sed 's/--.*//' |
		grep -ohE "CONSTRAINT (= ')?[a-z_0-9]+|RENAME CONSTRAINT [a-z_0-9]+ TO [a-z_0-9]+" |
		sed -E "s/.* //; s/'//" | grep -v -e '_pkey$'
	grep -rhoE '"?code"?: *"[a-z_0-9]+"' config/haproxy 2>/dev/null | sed -E 's/.*"([a-z_0-9]+)"$/\1/'
}

# Those of everybody are headings of docs/problems.md, those of a service rows of its problems.md.
documented() {
	sed -n 's/^## //p' "$SRCDIR/docs/problems.md"
	sed -nE 's/^\| ([a-z_0-9]+) \|.*/\1/p' "$SRCDIR"/daemons/*/problems.md
}

@test "every problem code is documented" {
	codes | sort -u >"$BATS_TEST_TMPDIR/codes"
	documented | sort -u >"$BATS_TEST_TMPDIR/documented"
	comm -23 "$BATS_TEST_TMPDIR/codes" "$BATS_TEST_TMPDIR/documented" >"$BATS_TEST_TMPDIR/missing"
	! grep . "$BATS_TEST_TMPDIR/missing" || flunk 'not in docs/problems.md or daemons/*/problems.md'
}

@test "no document describes a code that does not exist" {
	local code
	while read -r code; do
		grep -rqw --exclude=problems.md -e "$code" "$SRCDIR"/{lib,daemons,config} ||
			flunk "nothing answers $code"
	done < <(documented | grep -v '^code$')
}

@test "every option of every daemon is in its man page" {
	local daemon option
	for daemon in $(daemons); do
		"$daemon" --man >"$BATS_TEST_TMPDIR/man"
		mandoc -Tlint -Wwarning "$BATS_TEST_TMPDIR/man" || flunk "${daemon##*/} --man"
		for option in $("$daemon" --print-config | sed -nE 's/^  (# )?([a-z_0-9]+):.*/\2/p'); do
			grep -qE "^\.It .*\b$option\b" "$BATS_TEST_TMPDIR/man" ||
				flunk "${daemon##*/}: option $option is not in its man page"
		done
	done
}

@test "the sample configuration is valid for every daemon" {
	local daemon
	for daemon in $(daemons); do
		"$daemon" --print-config --config "$SRCDIR/config/ecom.yaml" >/dev/null
	done
}

@test "every route is described with a summary in the OpenAPI documents" {
	local frontend document
	for frontend in shop admin internal; do
		document=$("$BUILDDIR/tools/describe" "$frontend")
		jq -e '.openapi | startswith("3.1")' <<<"$document" >/dev/null
		jq -e '[.paths[][] | select(.summary == null)] == []' <<<"$document" >/dev/null || flunk "$frontend"
	done
}

@test "links of the documents lead somewhere" {
	local file link
	for file in README.md ARCHITECTURE.md CONTRIBUTING.md docs/problems.md; do
		while read -r link; do
			[ -e "$SRCDIR/$(dirname "$file")/$link" ] || flunk "$file: $link"
		done < <(grep -oE '\]\([^)#]+' "$SRCDIR/$file" | sed 's/](//' | grep -v '^http')
	done
}

@test "files that the documents name exist" {
	local file path
	for file in README.md ARCHITECTURE.md CONTRIBUTING.md; do
		while read -r path; do
			[ -e "$SRCDIR/$path" ] || flunk "$file names $path"
		done < <(grep -oE '`(script|tests|docs|config|lib|daemons|build-aux)/[a-z_./]+`' \
			"$SRCDIR/$file" | tr -d '`')
	done
}
