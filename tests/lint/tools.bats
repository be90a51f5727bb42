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
	shellcheck -s bash -e SC1083,SC1091,SC2015,SC2016,SC2030,SC2031,SC2034,SC2119,SC2120,SC2154,SC2164,SC2185,SC2209,SC2238,SC2317 "${files[@]}"
}

queue_header() {
	echo '#include <sys/queue.h>' | gcc -M -x c - | tr ' ' '\n' | grep sys/queue.h
}

# cppcheck 2.10 does not know __VA_OPT__, so it gets a copy that says it the older way.
@test "cppcheck" {
	need cppcheck
	cd "$SRCDIR"
	cp -R lib daemons ecomctl tools "$BATS_TEST_TMPDIR"
	cp tests/lint/cppcheck.* "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	grep -rl __VA_OPT__ lib daemons ecomctl tools |
		xargs sed -i 's/__VA_ARGS__ __VA_OPT__(, )/"", ##__VA_ARGS__,/'
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j "$(nproc)" -I . \
		--include="$(queue_header)" --include=cppcheck.h --enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppressions-list=cppcheck.suppressions \
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
