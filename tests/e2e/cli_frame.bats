#!/usr/bin/env bats
# ecomctl without a shop: help, generated texts, errors, exit codes, contexts, start-up time.

load ../lib

bats_require_minimum_version 1.5.0

setup_file() {
	scratch_make
	shop_home
}

setup() {
	rm -rf "$XDG_CONFIG_HOME" "$XDG_STATE_HOME"
}

# on_terminal COLUMNS 'COMMAND': its output on a terminal.
on_terminal() {
	script -qec "stty cols $1 rows 24; $2" /dev/null </dev/null | tr -d '\r'
}

@test "help leads with examples, and every command has its own" {
	run --separate-stderr ecomctl help
	assert_equal "$status" 0
	assert_contains "$output" "ecomctl up -d"
	assert_equal "$stderr" ""
	local path
	while read -r _ path; do
		# shellcheck disable=SC2086
		run --separate-stderr ecomctl $path --help
		assert_equal "$status" 0
		assert_equal "${lines[1]}" "Examples:"
		assert_contains "${lines[2]}" "ecomctl"
	done < <(ecomctl help --json | jq -r '.commands[].command')
	assert_equal "$(ecomctl)" "$(ecomctl help)"
	assert_equal "$(ecomctl help list product)" "$(ecomctl product list -h)"
}

@test "the manual page is the one in the tree and has no complaints" {
	ecomctl help --man >"$SCRATCH/ecomctl.1"
	diff -u "$SRCDIR/man/ecomctl.1" "$SCRATCH/ecomctl.1" || flunk "run: make man"
	run mandoc -Tlint "$SCRATCH/ecomctl.1"
	assert_equal "$output" ""
}

@test "the completion script completes words, flags and values" {
	ecomctl completion bash >"$SCRATCH/completion"
	shellcheck -s bash "$SCRATCH/completion"
	complete_line() {
		# shellcheck disable=SC2016
		bash -c 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ecomctl
			printf "%s\n" "${COMPREPLY[@]}"' "$SCRATCH/completion" "$@"
	}
	assert_equal "$(complete_line ecomctl prod)" product
	assert_equal "$(complete_line ecomctl product des)" describe
	assert_equal "$(complete_line ecomctl -o js)" json
	assert_equal "$(complete_line ecomctl prod list --stat)" --status
	assert_equal "$(complete_line ecomctl product list --status dr)" draft
}

@test "a mistake is told with what was meant, exit code 2, and nothing on stdout" {
	local line
	while IFS='|' read -r line what hint; do
		# shellcheck disable=SC2086
		run --separate-stderr ecomctl $line
		assert_equal "$status" 2
		assert_equal "$output" ""
		assert_equal "${stderr_lines[0]}" "error: $what"
		assert_equal "${stderr_lines[1]}" "  hint: $hint"
	done <<-'EOF'
		prodct list|there is no command "prodct"|did you mean ecomctl product?
		product lst|"product" has no command "lst"|did you mean ecomctl product list?
		product ls|"product" has no command "ls"|did you mean ecomctl product list?
		product list --stauts draft|ecomctl product list has no flag --stauts|did you mean --status?
		product list --fields sku,pric|there is no field "pric"|did you mean price? --fields '' lists all
		product list -o tabel|--output cannot be "tabel"|did you mean table? one of table, json, ndjson, csv, name
		product get|ecomctl product get needs SKU: the product's number|ecomctl product get SKU...
		-z|ecomctl has no flag -z|ecomctl --help
		--nothing|ecomctl has no flag --nothing|ecomctl --help
		version extra|ecomctl version has no use for "extra"|ecomctl version --help
		api GET /v1/café|a path has no blanks, controls or letters beyond ASCII|write them as %20 and so on, or use -f
		help nothing|there is no help on "nothing"|ecomctl help
	EOF
	ecomctl context set prod --server http://127.0.0.1:1 -q
	run --separate-stderr ecomctl -C prd product list
	assert_equal "$status" 2
	assert_equal "${stderr_lines[1]}" "  hint: did you mean prod?"
}

@test "with -o json the error is one object with the exit code" {
	run --separate-stderr ecomctl -o json product list
	assert_equal "$status" 2
	jq -e '.code == "usage" and .exit == 2 and .retryable == false
		and (.title | contains("no shop is chosen"))' <<<"$stderr"
	ecomctl context set away --server http://127.0.0.1:1 -q
	run --separate-stderr ecomctl -o json api GET /v1/products
	assert_equal "$status" 4
	jq -e '.code == "login_required" and .exit == 4' <<<"$stderr"
}

@test "contexts are added, chosen, changed, renamed and removed" {
	run -0 ecomctl context set one --server http://127.0.0.1:8081 -q
	assert_equal "$output" one
	assert_equal "$(stat -c %a "$XDG_CONFIG_HOME/ecomctl/config.yaml")" 600
	ecomctl context set two --server https://shop.example:8081 --protected yes -q
	assert_equal "$(ecomctl context current -q)" one
	ecomctl context use two -q
	assert_equal "$(ECOMCTL_CONTEXT=one ecomctl context current -q)" one
	ecomctl context list -o json | jq -e '. == [
		{"name":"one","current":false,"server":"http://127.0.0.1:8081","shop":null,"state":null,
		 "protected":false,"readonly":false},
		{"name":"two","current":true,"server":"https://shop.example:8081","shop":null,"state":null,
		 "protected":true,"readonly":false}]'
	ecomctl context rename two three -q
	assert_equal "$(ecomctl context current -q)" three
	run ecomctl context rename three one
	assert_equal "$status" 6
	run ecomctl context use two
	assert_equal "$status" 3
	run ecomctl context delete three </dev/null
	assert_equal "$status" 2
	ecomctl context delete three --yes -q
	assert_equal "$(ecomctl context list -q)" one
	run --separate-stderr -0 ecomctl context set four --server http://127.0.0.1.example.com
	assert_contains "$stderr" 'is not encrypted'
	run --separate-stderr -0 ecomctl context set four --server http://localhost:8081/
	assert_equal "$stderr" ''
}

@test "a broken configuration is told with file and line, and is not overwritten" {
	mkdir -p "$XDG_CONFIG_HOME/ecomctl"
	printf 'contexts:\n  one: {server: [\n' >"$XDG_CONFIG_HOME/ecomctl/config.yaml"
	run --separate-stderr ecomctl context set two --server http://127.0.0.1:1
	assert_equal "$status" 1
	assert_contains "$stderr" "ecomctl/config.yaml:3:1:"
	assert_equal "$(wc -l <"$XDG_CONFIG_HOME/ecomctl/config.yaml")" 2
}

@test "a table on a terminal fits it; elsewhere it has all columns and tabs" {
	ecomctl context set local --server http://127.0.0.1:8081 --shop http://127.0.0.1:8080 \
		--state "/$(printf 'x%.0s' {1..60})" -q
	assert_equal "$(on_terminal 60 'ecomctl context list')" \
		"NAME   CURRENT  SERVER                 PROTECTED  READONLY
local  yes      http://127.0.0.1:8081  no         no"
	assert_equal "$(ecomctl context list | head -1)" \
		"$(printf 'NAME\tCURRENT\tSERVER\tSHOP\tSTATE\tPROTECTED\tREADONLY')"
	assert_equal "$(ecomctl context list --no-headers --fields shop,name)" \
		"$(printf 'http://127.0.0.1:8080\tlocal')"
}

@test "colours follow the flag, then ECOMCTL_COLOR, then NO_COLOR" {
	ecomctl context set one --server http://127.0.0.1:1 -q
	local escape=$'\033'
	assert_contains "$(NO_COLOR='' on_terminal 80 'ecomctl context list')" "${escape}[1mNAME"
	[[ $(on_terminal 80 'ecomctl context list') != *"$escape"* ]]
	assert_contains "$(ECOMCTL_COLOR=always on_terminal 80 'ecomctl context list')" "$escape"
	[[ $(ECOMCTL_COLOR=always on_terminal 80 'ecomctl context list --color never') != *"$escape"* ]]
}

@test "a server that is not there is exit code 10 with what to do" {
	ecomctl context set away --server http://127.0.0.1:1 -q
	mkdir -p "$XDG_STATE_HOME/ecomctl"
	echo '{"away":{"access_token":"x","expires_at":9999999999}}' >"$XDG_STATE_HOME/ecomctl/credentials.json"
	run --separate-stderr ecomctl product list
	assert_equal "$status" 10
	assert_contains "${stderr_lines[0]}" "cannot reach http://127.0.0.1:1"
	assert_equal "$output" ""
}

@test "a full disk under stdout is a failure" {
	[ -w /dev/full ] || skip "no /dev/full"
	run bash -c 'ecomctl help >/dev/full'
	assert_equal "$status" 1
	assert_contains "$output" "stdout cannot be written"
}

@test "a password is asked without echo and never in the arguments" {
	run ecomctl help login
	[[ $output != *"--password "* ]]
	ecomctl context set away --server http://127.0.0.1:1 -q
	run --separate-stderr ecomctl login --email a@example.com </dev/null
	assert_equal "$status" 2
	assert_equal "${stderr_lines[1]}" "  hint: add --password-stdin"
	mkfifo "$SCRATCH/keys"
	script -qefc 'ecomctl login --email a@example.com; stty -a' "$SCRATCH/terminal" \
		<"$SCRATCH/keys" >/dev/null 3>&- &
	local pid=$!
	exec 5>"$SCRATCH/keys"
	wait_for 'grep -q Password: "$SCRATCH/terminal"'
	printf 'hidden-wörd\177\177d\n' >&5
	wait_for 'grep -q "cannot reach" "$SCRATCH/terminal"'
	wait_for 'grep -q -- "icanon.* echo " "$SCRATCH/terminal"'
	exec 5>&-
	wait "$pid"
	run ! grep -q hidden "$SCRATCH/terminal"
}
