# Processes of a test file: each has a name, a log file and a pid file; only these are ever ended.
# shellcheck shell=bash

# wait_for 'command' [seconds]: until the command succeeds, looking every 20 ms. The limit is for what never
# comes, not for what is slow: a machine under load takes ten times as long.
wait_for() {
	local wait_now wait_end
	uptime_read wait_now
	wait_end=$((wait_now + ${2:-60} * 100))
	until eval "$1" >/dev/null 2>&1; do
		uptime_read wait_now
		if [ "$wait_now" -ge "$wait_end" ]; then
			echo "not within ${2:-60} s: $1" >&2
			return 1
		fi
		sleep 0.02
	done
}

# uptime_read VARIABLE: hundredths of a second by a clock that nobody sets.
uptime_read() {
	local up
	read -r up _ </proc/uptime
	printf -v "$1" %s "${up/./}"
}

# process_start NAME COMMAND…: in the background, as the test user, output in log/NAME.log.
process_start() {
	local name=$1
	shift
	scratch_make
	(exec 3>&- 4>&-; as_exec "$@" </dev/null >>"$SCRATCH/log/$name.log" 2>&1) &
	echo $! >"$SCRATCH/pids/$(process_born $!).$name"
	disown $!
}

# Replaces the shell, so that $! is the process itself. From a folder that everyone may enter.
as_exec() {
	cd /
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid "$TEST_USER" --regid "$(id -g "$TEST_USER")" --init-groups \
			env HOME="$SCRATCH/home" "$@"
	fi
	exec "$@"
}

as_test_user() {
	(as_exec "$@")
}

# When a process began, in ticks since the machine's start: pids are used again, together they are not.
process_born() { # PID
	local stat='' words
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || true
	read -r -a words <<<"${stat##*) }"
	printf '%015d' "${words[19]:-0}"
}

# The pid of a process that was started; the latest of that name.
process_pid() {
	local files=("$SCRATCH"/pids/*."$1")
	[ -e "${files[-1]}" ] && cat "${files[-1]}"
}

process_alive() {
	local state
	state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[ -n "$state" ] && [ "$state" != Z ]
}

# process_stop NAME [SIGNAL]: TERM, and KILL when that does not end it, which is a failure.
process_stop() {
	local files=("$SCRATCH"/pids/*."$1") pid status=0
	[ -e "${files[-1]}" ] || return 0
	pid=$(<"${files[-1]}")
	if process_is "$pid" "${files[-1]##*/}"; then
		kill "-${2:-TERM}" "$pid" 2>/dev/null || true
		if ! wait_for "! process_alive $pid"; then
			echo "$1 did not end" >&2
			kill -KILL "$pid" 2>/dev/null || true
			status=1
		fi
	fi
	rm -f "$SCRATCH"/pids/*."$1"
	return "$status"
}

# process_is PID FILE: not another one, which got its number when it had ended.
process_is() {
	local born=${2%%.*}
	[ ${#born} != 15 ] || [ "$(process_born "$1")" = "$born" ]
}

process_stop_all() {
	local files=("$SCRATCH"/pids/*.*) i name
	for ((i = ${#files[@]} - 1; i >= 0; i--)); do
		name=${files[i]##*/}
		[ ! -e "${files[i]}" ] || process_stop "${name#*.}" || true
	done
}

# ports_free N: prints the first of N (at most 3) consecutive ports that nothing listens on, below those that the
# system gives away. In turn: test files that run beside each other never get the same.
ports_free() {
	local first port
	for _ in {1..200}; do
		first=$((20000 + $(ports_turn) * 3))
		for ((port = first; port < first + ${1:-1}; port++)); do
			! port_in_use "$port" || continue 2
		done
		echo "$first"
		return 0
	done
	echo "no $1 free ports" >&2
	return 1
}

# 0…3999, each time the next one, for all tests of this user.
ports_turn() {
	local turn=''
	{
		flock 8
		read -r turn <&8 || true
		[[ $turn =~ ^[0-9]{1,4}$ ]] || turn=$((RANDOM % 4000))
		turn=$(((10#$turn + 1) % 4000))
		echo "$turn" >"/dev/fd/8"
	} 8<>"/tmp/ecom-test-ports.$(id -u)"
	echo "$turn"
}

port_in_use() {
	grep -qiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F:]+ 0A" /proc/net/tcp /proc/net/tcp6
}
