# The harness of the bats tests: `load ../lib` at the top of a file brings everything.
#
#	setup_file() { pg_start; nats_start; daemon_start catalogd; }
#	@test "…" { TOKEN=$(token_for catalog:write) FRONTEND=admin api POST /v1/products -d '{…}'
#	            assert_status 201; assert_json '.sku == "A"'; }
#
# Real parts only: an own PostgreSQL, NATS and daemons in a scratch folder, on free ports. The end of
# the file stops what it started, by process id, and removes the folder. Nothing sleeps: wait_for.
# By hand: BUILDDIR=$PWD/_build bats tests/api/userd.bats

lib=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
export SRCDIR=${SRCDIR:-${lib%/tests}}
export BUILDDIR=${BUILDDIR:-$SRCDIR/_build}
export LC_ALL=C.UTF-8

for piece in scratch process postgres nats token daemon gateway http assert events shop payments smtp; do
	# shellcheck source=/dev/null
	source "$lib/lib/$piece.bash"
done
unset lib piece

# Files may replace these, and then call scratch_remove and logs_on_failure themselves.
teardown_file() {
	scratch_remove
}
teardown() {
	logs_on_failure
}
