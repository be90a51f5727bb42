# The scratch folder of a test file, and the programs under test.
# shellcheck shell=bash

# Who runs the servers: PostgreSQL refuses root.
test_user() {
	if [ "$(id -u)" != 0 ]; then
		id -un
	elif id ecom >/dev/null 2>&1; then
		echo ecom
	else
		echo postgres
	fi
}

# scratch_make: sets SCRATCH once per file; sets BIN and LIBEXEC to programs that the test user can
# execute. A Unix socket's path is short, hence /tmp when TMPDIR is deep.
scratch_make() {
	[ -z "${SCRATCH:-}" ] || return 0
	local parent=${TMPDIR:-/tmp}
	[ ${#parent} -le 40 ] || parent=/tmp
	SCRATCH=$(mktemp -d "$parent/ecom-test.XXXXXX")
	TEST_USER=$(test_user)
	export SCRATCH TEST_USER
	mkdir -p "$SCRATCH"/{run,log,secrets,cache,pids,home}
	chmod 0755 "$SCRATCH"
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$SCRATCH" "$SCRATCH"/{run,log,secrets,cache,home}
	export BIN=$BUILDDIR/bin LIBEXEC=$BUILDDIR/libexec
	if ! as_test_user test -x "$LIBEXEC"; then # a clone under /root
		cp -R "$BUILDDIR/bin" "$BUILDDIR/libexec" "$SCRATCH"
		chmod -R a+rX "$SCRATCH/bin" "$SCRATCH/libexec"
		BIN=$SCRATCH/bin LIBEXEC=$SCRATCH/libexec
	fi
	export ECOM_LIBEXECDIR=$LIBEXEC
}

# Stops what was started, in reverse order, fails when a sanitizer complained, removes the folder.
# KEEP_SCRATCH=1 keeps it.
scratch_remove() {
	[ -n "${SCRATCH:-}" ] && [ -d "$SCRATCH" ] || return 0
	local complaints=0
	[ -n "${BATS_SETUP_FILE_COMPLETED-unknown}" ] || logs_show # setup_file failed, and nobody else will tell
	shop_down_quietly
	process_stop_all
	if grep -lE 'ERROR: (Address|Leak|Undefined)|runtime error:' "$SCRATCH"/log/* \
		"$SCRATCH"/state/log/* 2>/dev/null; then
		logs_show
		complaints=1
	fi
	[ -n "${KEEP_SCRATCH:-}" ] || rm -rf "$SCRATCH"
	return "$complaints"
}

logs_show() {
	local file
	for file in "${SCRATCH:-/nonexistent}"/{log,state/log}/*; do
		[ -s "$file" ] && [[ $file != */nats*.log ]] || continue
		echo "--- the end of ${file#"$SCRATCH"/}"
		tail -n 25 "$file"
	done
}

logs_on_failure() {
	[ -n "${BATS_TEST_COMPLETED:-}" ] || [ -n "${BATS_TEST_SKIPPED:-}" ] || logs_show
}
