# For the lint tests: files of the tree, tools, and a search that fails with what it finds.
# shellcheck shell=bash

CODE_DIRS='lib daemons ecomctl tools tests bench'

# code_files PATTERN…: hand-written files of these names, from the root.
code_files() {
	local words=() pattern
	for pattern; do
		words+=(-o -name "$pattern")
	done
	# shellcheck disable=SC2086
	(cd "$SRCDIR" && find $CODE_DIRS -type f \( "${words[@]:1}" \) | sort)
}

need() {
	command -v "$1" >/dev/null || flunk "$1 is missing; hint: script/test lint installs it"
}

# refuse WHY REGULAR-EXPRESSION FILE…: no line of these may match. A line that has to carries a
# comment `lint: <reason>`.
refuse() {
	local why=$1 expression=$2 found
	shift 2
	[ $# -gt 0 ] || return 0
	found=$(cd "$SRCDIR" && grep -nHE "$expression" "$@" | grep -v 'lint: ') || return 0
	echo "$found" >&2
	flunk "$why"
}
