# Who kills and stalls the parts of a shop, by choices that follow from a seed. Only processes of the
# shop in $STATE, by the pids that its engine wrote down. Sourced by script/chaos.
# shellcheck shell=bash

# shellcheck disable=SC2034
torment_tokens=tok_success:60,tok_decline:5,tok_insufficient_funds:3,tok_3ds:8,tok_late_500:4,tok_late_3000:2,tok_capture_fail:2,tok_refund_fail:2,tok_dispute:2,tok_timeout_success:1,tok_flaky:6,tok_slow_300:5,manual_bank_transfer:8,manual_cash_on_delivery:6

torment_daemons=(userd catalogd cartd orderd paymentd notifyd gatewayd)
declare -A torment_count=()
torment_stopped=()

# The merchants' token; renewed while faults happen.
torment_token() {
	local file=$SCRATCH/secrets/admin-token
	(umask 077 && timeout 20 ecomctl auth token >"$file.new" 2>/dev/null) && mv "$file.new" "$file"
}

torment_pid() { # INSTANCE
	local pid
	pid=$(jq -r .pid "$STATE/run/$1.child" 2>/dev/null) && [ -d "/proc/$pid" ] && echo "$pid"
}

# What happened, for the summary and the log.
torment_note() {
	torment_count[$1]=$((${torment_count[$1]:-0} + 1))
	echo "$(date -u +%T) $*" >>"$SCRATCH/log/torment.log"
}

torment_summary() {
	local what
	for what in "${!torment_count[@]}"; do
		echo "${torment_count[$what]} $what"
	done | sort | paste -sd, | sed 's/,/, /g'
}

torment_kill() { # INSTANCE
	local pid
	pid=$(torment_pid "$1") || return 0
	torment_note "killed ${1%-*}"
	kill -KILL "$pid" 2>/dev/null || true
}

# PostgreSQL and HAProxy stall with their children only.
torment_family() {
	echo "$1"
	ps -o pid= --ppid "$1" | tr -d ' '
}

torment_stop() { # INSTANCE SECONDS
	local pid
	pid=$(torment_pid "$1") || return 0
	mapfile -t torment_stopped < <(torment_family "$pid")
	torment_note "paused ${1%-*}" "for $2 s"
	kill -STOP "${torment_stopped[@]}" 2>/dev/null || true
	sleep "$2"
	torment_resume
}

torment_resume() {
	[ ${#torment_stopped[@]} = 0 ] || kill -CONT "${torment_stopped[@]}" 2>/dev/null || true
	torment_stopped=()
}

# How the sandbox provider behaves from now on.
torment_moods=(
	'{"latency_ms": 0, "failure_rate": 0, "lost_rate": 0, "duplicate_rate": 0, "webhook_delay_ms": 0, "webhooks": "late"}'
	'{"latency_ms": 800, "webhook_delay_ms": 2000, "webhooks": "all"}'
	'{"failure_rate": 40, "lost_rate": 0}'
	'{"lost_rate": 40, "failure_rate": 10}'
	'{"duplicate_rate": 80, "webhook_delay_ms": 3000, "webhooks": "all"}'
	'{"latency_ms": 200, "failure_rate": 15, "lost_rate": 15, "duplicate_rate": 30, "webhooks": "all"}'
)

sandbox_set() { # JSON
	curl -sf -o /dev/null --max-time 5 -H 'Content-Type: application/json' -d "$1" \
		"http://$(jq -r .direct_address "$STATE/run/paymentd-1.ports")/v1/sandbox/settings"
}

torment_sandbox() { # JSON
	if sandbox_set "$1"; then
		torment_note 'provider moods' "$1"
	fi
}

# What the receiver of webhooks does from now on.
torment_receptions=(200 200 500 'slow 3000' drop cut 'redirect http://127.0.0.1:1/')

torment_receiver() { # WHAT
	receiver_does chaos "$1"
	torment_note 'receiver moods' "$1"
}

# The mail server is away for a while.
torment_mail() { # SECONDS
	torment_note 'killed the mail server' "for $1 s"
	smtp_stop KILL
	sleep "$1"
	smtp_start
}

torment_once() {
	local daemon=${torment_daemons[RANDOM % ${#torment_daemons[@]}]}-1
	local reception=${torment_receptions[RANDOM % ${#torment_receptions[@]}]}
	local mood=${torment_moods[RANDOM % ${#torment_moods[@]}]} choice=$((RANDOM % 100)) pause=$((1 + RANDOM % 8))
	if [ "$choice" -lt 35 ]; then
		torment_kill "$daemon"
	elif [ "$choice" -lt 55 ]; then
		torment_stop "$daemon" "$pause"
	elif [ "$choice" -lt 62 ]; then
		torment_kill postgres
	elif [ "$choice" -lt 68 ]; then
		torment_stop postgres $((pause / 2))
	elif [ "$choice" -lt 74 ]; then
		torment_kill nats
	elif [ "$choice" -lt 80 ]; then
		torment_stop nats "$pause"
	elif [ "$choice" -lt 83 ]; then
		torment_kill haproxy
	elif [ "$choice" -lt 87 ]; then
		torment_mail "$pause"
	elif [ "$choice" -lt 91 ]; then
		torment_receiver "$reception"
	else
		torment_sandbox "$mood"
	fi
}

# torment SECONDS SEED: returns when the last fault is over; the provider behaves again then.
torment() {
	local end=$((SECONDS + $1)) renewed=$SECONDS
	RANDOM=$2
	while [ "$SECONDS" -lt "$end" ]; do
		torment_once
		if [ $((SECONDS - renewed)) -ge 120 ]; then
			torment_token || true
			renewed=$SECONDS
		fi
		sleep $((RANDOM % 3)).$((RANDOM % 10))
	done
	receiver_does chaos 200
	wait_for "sandbox_set '${torment_moods[0]}'"
}

torment_end() {
	torment_resume
	[ -z "${load:-}" ] || kill "$load" 2>/dev/null || true
}
