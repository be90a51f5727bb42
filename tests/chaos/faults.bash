# Arms fault points one after the other, in all daemons at once, while a load of whole life cycles
# runs. What a daemon passes it writes down itself (see lib/base/fault.h).
# shellcheck shell=bash

fault_daemons='catalogd cartd orderd paymentd'

faults_open() {
	faults=$SCRATCH/faults
	mkdir -p "$faults"
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$faults"
	export faults ECOM_FAULT=@$faults
}

# The next points of a daemon that were passed and not armed yet, with what is to happen there.
faults_next() { # DAEMON
	local point
	while read -r point; do
		printf '%s:1:kill\n' "$point"
		case $point in
		call.* | outbound.* | relay.*) printf '%s:1:fail\n' "$point" ;;
		esac
	done <"$faults/$1.passed" | grep -vxF -f "$faults/$1.done" | head -n 1
}

# Gives the daemon its next point; false when it has none. A rename: the daemon reads whole files.
fault_arm_next() { # DAEMON
	local entry
	entry=$(faults_next "$1")
	[ -n "$entry" ] || return 1
	echo "$entry" >"$faults/$1.new"
	touch "$faults/$1.armed"
	mv "$faults/$1.new" "$faults/$1"
	echo "$entry" >>"$faults/$1.done"
}

# What did not happen for so long is put back: its turn comes again, at most three times.
fault_give_up() { # DAEMON
	local entry
	entry=$(tail -n 1 "$faults/$1.done")
	rm "$faults/$1" 2>/dev/null || return 0
	echo "$entry" >>"$faults/$1.missed"
	[ "$(grep -cxF "$entry" "$faults/$1.missed")" -ge 3 ] || sed -i '$d' "$faults/$1.done"
}

# One look at each daemon; false when nothing is left to do.
faults_turn() { # SECONDS that a point may take
	local daemon busy=1
	for daemon in $fault_daemons; do
		if [ ! -e "$faults/$daemon" ]; then
			fault_arm_next "$daemon" || continue
		elif [ -n "$(find "$faults/$daemon.armed" -not -newermt "-$1 seconds")" ]; then
			fault_give_up "$daemon"
		fi
		busy=0
	done
	return "$busy"
}
