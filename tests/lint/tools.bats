#!/usr/bin/env bats
# What other people's tools say about the tree.

load ../lib
load ../lib/sources

@test "clang-format" {
	need clang-format
	cd "$SRCDIR"
	mapfile -t files < <(code_files '*.[ch]')
	local file bad=0
	for file in "${files[@]}"; do
		clang-format --dry-run -Werror --ferror-limit=1 "$file" 2>/dev/null || { echo "$file"; bad=1; }
	done
	[ "$bad" = 0 ] || flunk 'hint: make format'
}

@test "shellcheck" {
	need shellcheck
	cd "$SRCDIR"
	mapfile -t files < <(find script autogen.sh .ci build-aux/embed-* bench/rows.bash -type f \
		! -name packages ! -name '*.lua' ! -name '*.md')
	shellcheck -x "${files[@]}"
	# Variables cross file borders in the harness, and jq programs carry $names in single quotes.
	mapfile -t files < <(find tests -name '*.bash' -o -name '*.bats')
	shellcheck -s bash -e SC1091,SC2016,SC2030,SC2031,SC2034,SC2120,SC2154,SC2317 "${files[@]}"
}

@test "cppcheck" {
	need cppcheck
	cd "$SRCDIR"
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j "$(nproc)" -I . \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		--suppressions-list=tests/lint/cppcheck.suppressions \
		lib daemons ecomctl tools
}

@test "man pages" {
	need mandoc
	local pages=("$SRCDIR"/man/*.[1-8] "$BUILDDIR"/man/*.[1-8]) page found=0
	for page in "${pages[@]}"; do
		[ -e "$page" ] || continue
		found=1
		# A page that mandoc does not know is no mistake: it may come with another page.
		mandoc -Tlint -Wwarning "$page" | grep -v -e 'operating system' -e 'missing date' >&2 &&
			flunk "$page"
	done
	[ "$found" = 1 ] || skip 'no man pages yet'
}

@test "sizes of files and functions (for information)" {
	need pmccabe
	cd "$SRCDIR"
	mapfile -t files < <(code_files '*.c' | grep -v ^tests/)
	{
		echo 'longest files:'
		wc -l "${files[@]}" | sort -rn | sed -n '2,6p'
		echo 'longest functions (lines, complexity):'
		pmccabe "${files[@]}" | awk -F'\t' '{ print $5, $1, $6, $7 }' | sort -rn | head -n 5
	} | sed 's/^/# /' >&3
}
